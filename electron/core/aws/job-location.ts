import type { JobPrefixes } from '../../../shared/job/layout.ts'
import { bucketName } from '../../../shared/pipelines/spec.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/** The bucket that the job writes to, and the prefixes in it. */
export function jobLocation({ spec, target }: PipelineContext): {
  bucket: string
  prefixes: JobPrefixes
  query: string
} {
  const { streaming } = spec.buckets
  const prefix = (name: string): string => {
    const found = streaming.prefixes[name]
    if (!found) throw new Error(`The streaming bucket of ${spec.id} declares no prefix named ${name}`)
    return found
  }
  return {
    bucket: bucketName(streaming, target),
    prefixes: {
      checkpoint: prefix('checkpoint'),
      staging: prefix('staging'),
      quarantine: prefix('quarantine'),
      progress: prefix('progress'),
    },
    query: spec.job.query,
  }
}
