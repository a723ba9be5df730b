import { latestProgressKey } from '../../../shared/job/layout.ts'
import { QueryProgress } from '../../../shared/job/progress.ts'
import { readObject } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from './job-location.ts'

/** The newest progress that the streaming query wrote, idle triggers included; undefined before its first. */
export async function latestProgress(
  context: PipelineContext,
  signal?: AbortSignal,
): Promise<QueryProgress | undefined> {
  const { bucket, prefixes, query } = jobLocation(context)
  const bytes = await readObject(context.aws, bucket, latestProgressKey(prefixes, query), signal)
  return bytes && QueryProgress.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
}
