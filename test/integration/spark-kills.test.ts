import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { all, SCOPE, value } from '../fixture/open-core.ts'
import { openPipeline, type Pipeline } from '../fixture/open-pipeline.ts'
import { type SparkProcess, sparkProcesses } from '../fixture/spark-processes.ts'
import { accountByRecord } from './spark-kills/by-record.ts'
import { failCopy } from './spark-kills/failing-copy.ts'
import { pause, type RunningJob, runningJob, until } from './spark-kills/running-job.ts'

/** One of these ends the step, which is started again. */
const DRIVERS: readonly SparkProcess[] = ['driver JVM', 'driver Python', 'stream source']
/** After one of these the tasks are tried again. Four workers for one daemon. */
const WORKERS: readonly SparkProcess[] = [...Array<SparkProcess>(4).fill('Python worker'), 'daemon of the workers']
/** A driver takes some twenty seconds to be back, a worker one or two. */
const DRIVER_KILLS = 6
const WORKER_KILLS = 14
/** Shorter than what a batch takes: so the job is hardly ever at rest. */
const TRIGGER_MS = 250
/** A batch and a little more: a kill finds the job at any point of one, or between two. */
const WITHIN_MS = 800
const RATE = 400
const MIX = { duplicatesPercent: 6, invalidPercent: 3, latePercent: 3 }
const HOUR_MS = 3_600_000

/** A small generator with a seed that is printed, so that a failing run can be repeated. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

/** Whom to kill, in an order that is drawn. */
function drawVictims(random: () => number): SparkProcess[] {
  const take = (count: number, of: readonly SparkProcess[]) =>
    Array.from({ length: count }, (_, index) => of[index % of.length] as SparkProcess)
  return [...take(DRIVER_KILLS, DRIVERS), ...take(WORKER_KILLS, WORKERS)]
    .map(victim => ({ victim, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ victim }) => victim)
}

describe.skipIf(process.platform !== 'linux')('a streaming job on Spark (needs /proc)', () => {
  const seed = Number(process.env.SLUICE_KILL_SEED ?? Date.now() % 1_000_000)
  const random = seeded(seed)
  const story: string[] = [`SLUICE_KILL_SEED=${seed}`]
  let pipeline: Pipeline
  let job: RunningJob
  /** Steps that had to be started again: those whose driver was killed, and the one whose COPY failed for good. */
  let stepsEnded = 0

  const note = (text: string) => story.push(text)

  /** Kills one process at a random point of what the job does, and sees the job go on. */
  async function kill(victim: SparkProcess, stepId: string): Promise<void> {
    const batchId = await job.committed()
    await pause(random() * WITHIN_MS)
    const pids = await until(`a ${victim}`, async () => {
      const running = sparkProcesses(stepId)
      // Workers that outlive their daemon serve without one: then one of them.
      const found = [victim, ...(victim === 'daemon of the workers' ? WORKERS : [])].map(kind => running.get(kind) ?? [])
      return found.find(ids => ids.length > 0)
    })
    const pid = pids[Math.floor(random() * pids.length)] as number
    process.kill(pid, 'SIGKILL')
    const open = await job.open()
    note(`kill ${victim} (${pid} of ${stepId}) ${open === undefined ? `behind batch ${batchId}` : `in batch ${open}`}`)
    if (!DRIVERS.includes(victim)) return
    const step = await job.failed(stepId)
    note(`  ${step?.state}: ${step?.failure?.message ?? step?.failure?.reason ?? ''}`)
    expect(step?.state).toBe('FAILED')
    stepsEnded++
  }

  beforeAll(async () => {
    pipeline = await openPipeline({ shards: 2, limits: false, job: { triggerMs: TRIGGER_MS } })
    job = runningJob(pipeline)
    const options = { mix: { seed: seed % 1_000, ...MIX }, profile: { kind: 'constant' as const, perSecond: RATE } }
    value(await pipeline.services.simulator.start({ ...SCOPE, options }))
    await job.start()
  }, HOUR_MS)

  afterAll(async () => {
    process.stderr.write(`${story.join('\n')}\n`)
    await pipeline?.close()
  }, HOUR_MS)

  /** Takes the staged file of a batch away under its COPY: for one attempt, or until the step gives up. */
  async function takeStagedFile(stepId: string, lasting: 'one attempt' | 'for good'): Promise<void> {
    const copy = await failCopy(pipeline, job)
    note(`the COPY of batch ${copy.batchId} fails, ${lasting}: ${copy.failure}`)
    if (lasting === 'one attempt') return copy.putBack()
    const step = await job.failed(stepId)
    note(`  ${step?.state}: ${step?.failure?.message ?? step?.failure?.reason ?? ''}`)
    expect(step).toMatchObject({ state: 'FAILED', failure: { message: expect.stringContaining('failed 8 times') } })
    stepsEnded++
  }

  async function reshard(): Promise<void> {
    await all(pipeline.services.stream.reshard({ ...SCOPE, shards: 3 }))
    note('the stream has 3 shards now')
  }

  it(
    `goes on after ${DRIVER_KILLS + WORKER_KILLS} kill -9 of driver and workers at random points, failed COPYs and a resharding`,
    async () => {
      let at = -1
      const happens = async (what: (stepId: string) => Promise<void>) => {
        const { batchId, stepId } = await job.commits(at)
        at = batchId
        await what(stepId)
      }
      for (const [round, victim] of drawVictims(random).entries()) {
        if (round === 5) await happens(stepId => takeStagedFile(stepId, 'one attempt'))
        if (round === 10) await happens(reshard)
        if (round === 15) await happens(stepId => takeStagedFile(stepId, 'for good'))
        await happens(stepId => kill(victim, stepId))
      }
      value(await pipeline.services.simulator.stop(SCOPE))
      await happens(async () => undefined)
      await all(pipeline.services.jobs.drain(SCOPE))
      // A task whose worker was killed is tried again, so only what is said above has ended a step.
      expect(await job.steps(), story.join('\n')).toHaveLength(stepsEnded + 1)
    },
    HOUR_MS,
  )

  it('closes the ledger with a difference of 0, and every kind of record was among them', async () => {
    const ledger = value(await pipeline.services.ledger.read(SCOPE))
    expect(ledger, story.join('\n')).toMatchObject({ difference: 0, closes: true, unconfirmed: 0, pending: 0 })
    expect(ledger.read).toBe(ledger.accepted)
    for (const kind of ['loaded', 'duplicates', 'invalid', 'late'] as const) expect(ledger[kind], kind).toBeGreaterThan(0)
  })

  it('has every record in one place once: no row, no line twice, nothing lost and nothing invented', async () => {
    const ledger = value(await pipeline.services.ledger.read(SCOPE))
    const found = await accountByRecord(pipeline)
    note(JSON.stringify(found))
    expect(found, story.join('\n')).toEqual({
      records: ledger.received,
      loaded: ledger.loaded,
      duplicates: ledger.duplicates,
      invalid: ledger.invalid,
      late: ledger.late,
      lost: [],
      doubledKeys: [],
      doubledRecords: [],
      invented: [],
    })
  })

  it("has in Spark's own counters what the warehouse has, batch by batch", async () => {
    const { schema, batchTable } = pipeline.spec.sink
    const rows = await pipeline.rows(
      `select batch_id, read_rows, invalid_rows, late_rows, duplicate_rows_in_batch + duplicate_rows_matched, loaded_rows from ${schema}.${batchTable} order by batch_id`,
    )
    let untold = 0
    for (const [batchId = -1, read, invalid, late, duplicates, loaded] of rows.map(row => row.map(Number))) {
      const told = await pipeline.batches.one(pipeline.context, batchId)
      if (!told) {
        untold++
        continue
      }
      const { counts } = told.sluice
      const repeated = counts.duplicatesInBatch + counts.duplicatesMatched
      expect([told.numInputRows, counts.invalid, counts.late, repeated, told.sink.numOutputRows], `batch ${batchId}`).toEqual([
        read,
        invalid,
        late,
        duplicates,
        loaded,
      ])
    }
    // A driver that was killed between the commit of a batch and Spark's word about it tells nothing of that batch.
    expect(untold).toBeLessThanOrEqual(stepsEnded)
    const sum = rows.reduce((total, row) => total + Number(row[1]), 0)
    expect(sum).toBe(value(await pipeline.services.ledger.read(SCOPE)).read)
  })
})
