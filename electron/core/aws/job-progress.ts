import { latestProgressKey, progressKey } from '../../../shared/job/layout.ts'
import { QueryProgress } from '../../../shared/job/progress.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from './job-location.ts'
import { readObject } from './read-object.ts'

/** The newest progress that the streaming query wrote, idle triggers included; undefined before its first. */
export const latestProgress = (context: PipelineContext, signal?: AbortSignal): Promise<QueryProgress | undefined> => {
  const { prefixes, query } = jobLocation(context)
  return read(context, latestProgressKey(prefixes, query), signal)
}

/** The progress of one batch; undefined when a kill came between the batch's commit and its progress. */
export const batchProgress = (
  context: PipelineContext,
  batchId: number,
  signal?: AbortSignal,
): Promise<QueryProgress | undefined> => {
  const { prefixes, query } = jobLocation(context)
  return read(context, progressKey(prefixes, query, batchId), signal)
}

async function read(context: PipelineContext, key: string, signal?: AbortSignal): Promise<QueryProgress | undefined> {
  const bytes = await readObject(context.aws, jobLocation(context).bucket, key, signal)
  return bytes && QueryProgress.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
}
