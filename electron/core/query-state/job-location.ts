import type { JobPrefixes } from '../../../shared/job/layout.ts'
import { bucketName } from '../../../shared/pipelines/pipeline.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/** The bucket that the job writes to, and the prefixes in it. */
export function jobLocation({ spec, target }: PipelineContext): {
  bucket: string
  prefixes: JobPrefixes
  query: string
} {
  const { streaming } = spec.buckets
  return {
    bucket: bucketName(streaming, target),
    prefixes: streaming.prefixes,
    query: spec.job.query,
  }
}
