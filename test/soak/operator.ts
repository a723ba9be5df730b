import { setTimeout as delay } from 'node:timers/promises'
import type { Services } from '../../shared/features/services.ts'
import { isOver, type SimulatorOptions, type SimulatorStatus } from '../../shared/features/simulator.ts'
import { applied, SCOPE } from '../fixture/open-core.ts'
import { finish, isOutage, take } from './outage.ts'
import { addProblem, type Tally } from './tally.ts'
import type { World } from './world.ts'

const POLL_MS = 1_000
/** Whatever was killed or stopped last, events are accepted and batches committed again within this. */
const RECOVERY_LIMIT_MS = 120_000
const END_LIMIT_MS = 600_000
const LIVE_STEPS: ReadonlySet<string> = new Set(['PENDING', 'RUNNING', 'CANCEL_PENDING'])

/**
 * The user who keeps the pipeline going: starts simulator and job again where they ended, and sees how long that takes.
 */
export function createOperator({
  world,
  tally,
  options,
  now,
}: {
  world: World
  tally: Tally
  options: SimulatorOptions
  now: () => number
}) {
  let disruptedMs: number | undefined
  let baseline: { accepted: number; batchId: number } | undefined
  let newest: { status: SimulatorStatus; batchId: number } | undefined
  let overdue = false

  async function readAll(services: Services): Promise<void> {
    let status = take(await services.simulator.status(SCOPE))
    if (isOver(status.state)) {
      tally.simulatorStarts++
      status = take(await services.simulator.start({ ...SCOPE, options }))
    }
    const jobs = take(await services.jobs.list(SCOPE))
    if (!jobs.clusters.some(cluster => cluster.steps.some(step => LIVE_STEPS.has(step.state)))) {
      tally.jobStarts++
      await finish(services.jobs.start(SCOPE))
    }
    newest = { status, batchId: jobs.progress?.batchId ?? -1 }
    seeRecovery(status.counts.accepted, newest.batchId)
  }

  function seeRecovery(accepted: number, batchId: number): void {
    if (disruptedMs === undefined) return
    baseline ??= { accepted, batchId }
    if (accepted <= baseline.accepted || batchId <= baseline.batchId) return
    tally.recoveries++
    tally.longestRecoveryMs = Math.max(tally.longestRecoveryMs, now() - disruptedMs)
    disruptedMs = undefined
    overdue = false
  }

  /** An answer that could not be given is part of an outage; a fault of the program is not. */
  function note(error: unknown): void {
    if (!isOutage(error))
      addProblem(tally, `the operator: ${error instanceof Error ? error.message.slice(0, 400) : String(error)}`)
    if (disruptedMs === undefined) disrupted()
    else if (!overdue && now() - disruptedMs > RECOVERY_LIMIT_MS) {
      overdue = true
      addProblem(tally, `no recovery within ${RECOVERY_LIMIT_MS / 1_000} s: ${String(error).slice(0, 400)}`)
    }
  }

  function disrupted(): void {
    disruptedMs = now()
    baseline = undefined
  }

  return {
    disrupted,
    newest: () => newest,
    async setUp(shards: number): Promise<void> {
      const { services } = await world.page()
      await finish(applied(services, { ...SCOPE, options: { partitions: shards } }))
      await finish(services.artifacts.deploy(SCOPE))
      await finish(services.warehouse.createAndLoadDimensions(SCOPE))
      await finish(services.jobs.start(SCOPE))
    },
    /** Until it is ended. */
    async keepGoing(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        try {
          await readAll((await world.page()).services)
        } catch (error) {
          note(error)
        }
        if (!signal.aborted) await delay(POLL_MS)
      }
    },
    /** Stops the simulator with nothing left open, lets the job drain, and reads what everybody counted. */
    async conclude() {
      const givenUpMs = now() + END_LIMIT_MS
      for (;;) {
        try {
          return await drained((await world.page()).services, options)
        } catch (error) {
          if (now() > givenUpMs) throw error
          await delay(POLL_MS)
        }
      }
    },
  }
}

/**
 * Stops the simulator, lets the job drain and ends it.
 * @throws Error while records are still unconfirmed or pending
 */
async function drained(services: Services, options: SimulatorOptions) {
  let status = take(await services.simulator.stop(SCOPE))
  if (status.counts.unconfirmed > 0 || status.counts.pending > 0 || status.state === 'failed') {
    // A run looks up what an earlier one left open, before it sends.
    take(await services.simulator.start({ ...SCOPE, options: { ...options, events: 1 } }))
    status = take(await services.simulator.stop(SCOPE))
  }
  if (status.counts.unconfirmed > 0 || status.counts.pending > 0)
    throw new Error('records are still unconfirmed or pending')
  const jobs = take(await services.jobs.list(SCOPE))
  if (!jobs.clusters.some(cluster => cluster.steps.some(step => LIVE_STEPS.has(step.state))))
    await finish(services.jobs.start(SCOPE))
  await finish(services.jobs.drain({ ...SCOPE, thenStop: false }))
  const ledger = take(await services.ledger.read(SCOPE))
  const sql = 'select count(*), count(distinct OrderID) from food_delivery_datamart.factOrders'
  const [[rows, keys] = []] = take(await services.warehouse.query({ ...SCOPE, sql, maxRows: 1 })).rows
  const stream = take(await services.stream.describe(SCOPE))
  await finish(services.jobs.cancel(SCOPE))
  return {
    ledger,
    foundInStream: status.counts.foundInStream,
    rows: Number(rows),
    keys: Number(keys),
    shards: stream.partitions,
  }
}
