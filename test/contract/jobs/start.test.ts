import { join } from 'node:path'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHistoryStore } from '../../../electron/core/history/store.ts'
import { jobLocation } from '../../../electron/core/query-state/job-location.ts'
import { systemClock } from '../../../electron/hosts/clock.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { EMBEDDED_ENGINE_COMMAND } from '../../../shared/job/arguments.ts'
import { latestProgressKey } from '../../../shared/job/layout.ts'
import { all, applied, failure, openCoreHere, SCOPE, type TestCore, value } from '../../fixture/open-core.ts'
import { progressOf } from '../../fixture/progress-of.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

/** Programs that stand for the job: one runs until it is ended, one fails. */
const RUNS = 'setInterval(() => undefined, 1000)'
const FAILS = "process.stderr.write('no table food_delivery_datamart.factOrders\\n'); process.exit(1)"

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let core: TestCore
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let program: string
let aheadMs: number

beforeEach(async () => {
  program = RUNS
  aheadMs = 0
  folder = await temporaryFolder()
  pipeline = await openCoreHere({
    history: createHistoryStore({ file: join(folder.path, 'history.duckdb'), now: Date.now, log: expect.fail }),
    stepCommands: { [EMBEDDED_ENGINE_COMMAND]: () => ({ command: process.execPath, args: ['-e', program] }) },
    clock: { ...systemClock, now: () => Date.now() + aheadMs, monotonic: () => performance.now() + aheadMs },
  })
  core = pipeline.core
  await all(applied(core))
  await all(core.artifacts.deploy(SCOPE))
})
afterEach(async () => {
  await pipeline.close()
  await folder.remove()
})

/** Writes a progress, as a run of the query does. */
async function publish(runId: string): Promise<void> {
  const { bucket, prefixes, query } = jobLocation(pipeline.context)
  const progress = { ...progressOf({ end: {}, partitions: {}, endedMs: Date.now(), tookMs: 0 }), runId, batchId: 4 }
  const Key = latestProgressKey(prefixes, query)
  await pipeline.aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: JSON.stringify(progress) }))
}

/** What the history has of starts. */
async function ofStart() {
  const events = value(await core.history.events({ ...SCOPE, fromMs: 0, toMs: Date.now(), limit: 100 }))
  return events
    .filter(event => event.title.startsWith('Start'))
    .map(({ state, title, detail }) => ({ state, title, detail }))
}

const stepNow = async () => value(await core.jobs.list(SCOPE)).clusters[0]?.steps[0]

/** Starts the job, and calls back with each event. */
async function startAnd(react: (event: WorkEvent) => unknown, signal?: AbortSignal): Promise<WorkEvent[]> {
  const events: WorkEvent[] = []
  for await (const result of core.jobs.start(SCOPE, signal)) {
    events.push(value(result))
    await react(events.at(-1) as WorkEvent)
  }
  return events
}
const doneOf = (events: readonly WorkEvent[]) => events.filter(event => event.state === 'done').map(event => event.step)

describe('starting the job', () => {
  it(
    'is done when its own query has reported its first progress, not when its process runs, nor by the progress of ' +
      'a run before',
    async () => {
      await publish('before')
      let polls = 0
      const events = await startAnd(async event => {
        if (event.step === 'first-trigger' && event.state === 'running' && ++polls === 3) await publish('now')
      })
      expect(polls).toBe(3)
      expect(doneOf(events)).toEqual(['check-checkpoint', 'submit-step', 'run-process', 'first-trigger'])
      expect(events.at(-1)?.detail).toBe('no record waits')
    },
  )

  it('says why, when the step dies before that', async () => {
    program = FAILS
    const error = await failure(core.jobs.start(SCOPE))
    expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining('is FAILED: ') })
    expect(error.message).toContain('no table food_delivery_datamart.factOrders')
  })

  it('gives up after five minutes without a word, says so, and leaves the step', async () => {
    const events: WorkEvent[] = []
    for await (const result of core.jobs.start(SCOPE)) {
      if (!result.ok) {
        expect(result.error.message).toMatch(
          /^Step s-\w+ is RUNNING for 300 s, and its query has reported no progress\.$/,
        )
        expect(result.error.hint).toContain('It is left as it is.')
        expect((await stepNow())?.state).toBe('RUNNING')
        return
      }
      events.push(result.value)
      if (events.filter(event => event.step === 'first-trigger').length === 2) aheadMs = 300_001
    }
    throw new Error(`It did not give up: ${JSON.stringify(events)}`)
  })

  it('that is cancelled leaves the step; the next start waits for it, and one more has nothing to do', async () => {
    const abort = new AbortController()
    const cancelled = startAnd(event => event.step === 'first-trigger' && abort.abort(), abort.signal)
    await expect(cancelled).rejects.toThrow('was cancelled')
    const { id, state } = (await stepNow()) ?? {}
    expect(state).toBe('RUNNING')
    await expect
      .poll(ofStart)
      .toEqual([{ state: 'warning', title: 'Start the job: waiting was given up', detail: 'its step goes on' }])
    const events = await startAnd(
      event => event.step === 'first-trigger' && event.state === 'running' && publish('now'),
    )
    expect(events[0]).toMatchObject({
      step: 'submit-step',
      state: 'skipped',
      detail: expect.stringContaining(`${id} is on `),
    })
    expect(doneOf(events)).toEqual(['run-process', 'first-trigger'])
    expect(value(await core.jobs.list(SCOPE)).clusters[0]?.steps).toHaveLength(1)
    expect((await all(core.jobs.start(SCOPE))).map(event => event.state)).toEqual(['skipped'])
  })

  it('that is cancelled before it added a step was cancelled, says the history, and there is no step', async () => {
    const abort = new AbortController()
    const cancelled = startAnd(event => event.step === 'check-checkpoint' && abort.abort(), abort.signal)
    await expect(cancelled).rejects.toThrow('was cancelled')
    await expect.poll(ofStart).toEqual([{ state: 'warning', title: 'Start the job: cancelled', detail: undefined }])
    expect(await stepNow()).toBeUndefined()
  })
})

it('a cluster on which no application of Spark runs has no Spark UI', async () => {
  const [cluster] = value(await core.jobs.list(SCOPE)).clusters
  expect(await core.jobs.applicationUi({ ...SCOPE, clusterId: cluster?.id ?? '' })).toMatchObject({
    ok: true,
    value: { url: null },
  })
})
