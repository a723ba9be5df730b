import { readCheckpoint } from '../../../electron/core/aws/checkpoint.ts'
import { jobLocation } from '../../../electron/core/aws/job-location.ts'
import { listKeys } from '../../../electron/core/aws/read-object.ts'
import type { Step } from '../../../shared/features/jobs.ts'
import { checkpointPrefix } from '../../../shared/job/layout.ts'
import { all, SCOPE, value } from '../../fixture/open-core.ts'
import type { Pipeline } from '../../fixture/open-pipeline.ts'

const LOOK_MS = 25
/** A job that commits nothing for this long, while records come, is not slow: it hangs. */
const HANGS_MS = 600_000

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + HANGS_MS
  while (performance.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await pause(LOOK_MS)
  }
  throw new Error(`${HANGS_MS / 1000} s have passed without ${what}`)
}

/** The streaming job as a user sees it: a step that runs, or has failed and is started again; and its checkpoint in S3. */
export function runningJob(pipeline: Pipeline) {
  const { services, aws } = pipeline
  const { bucket, prefixes, query } = jobLocation(pipeline.context)
  const folder = checkpointPrefix(prefixes, query)

  async function steps(): Promise<Step[]> {
    return value(await services.jobs.list(SCOPE)).clusters[0]?.steps ?? []
  }
  async function live(): Promise<Step | undefined> {
    return (await steps()).find(step => step.state === 'RUNNING')
  }
  async function newest(entries: 'offsets' | 'commits'): Promise<number> {
    const keys = await listKeys(aws, bucket, `${folder}${entries}/`)
    return Math.max(-1, ...keys.map(key => Number(key.slice(key.lastIndexOf('/') + 1))))
  }
  async function committed(): Promise<number> {
    return newest('commits')
  }

  return {
    steps,
    committed,
    /** The batch that is planned and not committed; undefined between two batches. */
    async open(): Promise<number | undefined> {
      const [planned, done] = [await newest('offsets'), await newest('commits')]
      return planned > done ? planned : undefined
    },
    read: async () =>
      Object.values((await readCheckpoint(pipeline.context))?.offset ?? {}).reduce((sum, at) => sum + at.records, 0),
    /** Starts the step, if none runs, and gives its id. */
    async start(): Promise<string> {
      await all(services.jobs.start({ ...SCOPE, engine: 'spark' }))
      return until('a step that runs', async () => (await live())?.id)
    },
    failed: (stepId: string) =>
      until(`the end of ${stepId}`, async () => {
        const step = (await steps()).find(({ id }) => id === stepId)
        return step?.state === 'RUNNING' ? undefined : step
      }),
    /** Waits until a batch behind this one is committed; a step that has failed meanwhile is started again. Gives the batch and the step. */
    async commits(after: number): Promise<{ batchId: number; stepId: string }> {
      return until(`a batch behind ${after}`, async () => {
        const batchId = await committed()
        const step = await live()
        if (!step) await all(services.jobs.start({ ...SCOPE, engine: 'spark' }))
        return batchId > after && step ? { batchId, stepId: step.id } : undefined
      })
    },
  }
}
export type RunningJob = ReturnType<typeof runningJob>
