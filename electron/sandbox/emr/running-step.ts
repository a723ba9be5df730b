import type { StateCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { ClusterRecord, StepFailure, StepRecord, StopKind } from './cluster.ts'
import { controllerLog } from './controller-log.ts'
import { failureDetails } from './failure-details.ts'
import { endOrphans, stepMark } from './orphans.ts'
import type { ClusterEvent } from './state-machine.ts'
import { logPlace, openStepLog } from './step-log.ts'
import type { StepRun, StepRunner } from './step-runner.ts'

/** A program that ran this long has started well: what happens later is no crash loop. */
const SETTLED_MS = 3_000
/**
 * Starts in a row after each of which the sandbox itself was gone within `SETTLED_MS`: then the step is what brings it
 * down.
 */
const SHORT_ATTEMPTS = 10

/** One attempt at a step, from its start to its end. */
export interface RunningStep {
  /**
   * How it ended, with the logs in S3; undefined when the sandbox left it, so that it is started again by the next one.
   */
  done: Promise<{ failure?: StepFailure } | undefined>
  /** Asks the program to end, once a kind; with `graceMs`, kills it when it did not. */
  stop(kind: StopKind, graceMs?: number): void
  uploadLogs(): Promise<void>
  /** Ends the program because the sandbox is stopped: the step keeps its state. */
  leave(graceMs: number): Promise<void>
}

export function runStepOf(options: {
  clusterId: string
  stepId: string
  /** The record as it is now. */
  cluster: () => ClusterRecord
  /** Resolves when it is on disk. */
  change: (event: ClusterEvent) => Promise<void>
  care: StateCare
  /** EMR's folder. */
  dir: string
  logDir: string
  now: () => number
  monotonic: () => number
  objects: ObjectStore
  runStep: StepRunner
  log: (line: string) => void
}): RunningStep {
  const { clusterId, stepId, now, monotonic } = options
  const stepNow = (): StepRecord => {
    const step = options.cluster().steps.find(entry => entry.id === stepId)
    if (!step) throw new Error(`Cluster ${clusterId} has no step ${stepId}`)
    return step
  }
  const first = stepNow()
  const { logUri } = options.cluster()
  const logs = openStepLog({ dir: options.logDir, logUri, clusterId, stepId, objects: options.objects })
  const controller = controllerLog({
    cluster: options.cluster(),
    step: first,
    now,
    append: text => orLogged(() => logs.append('controller', text)),
  })

  let program: StepRun | undefined
  let leaving = false
  /** What was asked for while the program was got ready. */
  let asked: { kind: StopKind; graceMs: number | undefined } | undefined
  const sent = new Set<StopKind>()
  let doomed = false
  const timers = new Set<NodeJS.Timeout>()
  const later = (delayMs: number, run: () => void) => void timers.add(setTimeout(() => orLogged(run), delayMs))
  /** A full disk must not bring the sandbox down from a callback that nobody awaits. */
  function orLogged(run: () => void): void {
    try {
      run()
    } catch (error) {
      logFailure(error)
    }
  }
  function logFailure(error: unknown): void {
    if (options.care.trouble(error) === undefined) options.log(`error: emr step ${stepId}: ${String(error)}`)
  }

  /** Starts the program; what the disk does not take of what it needs is got ready again when there is room. */
  const startWhenRoom = (mark: string): ReturnType<StepRunner> =>
    whenRoom(options.care, () => {
      const onOutput = (stream: 'stdout' | 'stderr', chunk: Buffer) => orLogged(() => logs.append(stream, chunk))
      return options.runStep({ args: first.args, clusterId, stepId, mark, onOutput })
    })

  function stop(kind: StopKind, graceMs?: number): void {
    if (!program) {
      asked = { kind, graceMs }
      return
    }
    // Also for one that was asked before, and did not listen.
    if (graceMs !== undefined && !doomed) {
      doomed = true
      later(graceMs, () => stop('terminate'))
    }
    if (sent.has(kind)) return
    sent.add(kind)
    controller.signalled(kind)
    program.stop(kind)
  }

  async function run(): Promise<{ failure?: StepFailure } | undefined> {
    const mark = await stepMark(options.dir, clusterId, stepId)
    if (first.attempts > 0) {
      const { killed, stillThere } = await endOrphans(mark, first.pid)
      if (leaving) return undefined
      if (!stepNow().ending) controller.restarted(killed, stillThere)
      if (first.shortAttempts >= SHORT_ATTEMPTS) return crashLoop()
    }
    // Cancelled before it was started.
    if (stepNow().ending) return {}
    if (leaving) return undefined
    const { jar } = first
    if (jar.slice(jar.lastIndexOf('/') + 1) !== 'command-runner.jar') {
      return refused(`The sandbox runs steps of command-runner.jar only, not ${jar}.`)
    }
    await options.change({ kind: 'step-attempted', stepId })
    const startedMs = monotonic()
    const started = await startWhenRoom(mark)
    if ('refused' in started) return refused(started.refused)
    program = started
    controller.started(started.pid)
    later(SETTLED_MS, () => void options.change({ kind: 'step-settled', stepId }).catch(logFailure))
    if (asked) stop(asked.kind, asked.graceMs)
    await options.change({ kind: 'step-process', stepId, pid: started.pid })
    uploadLogs().catch(logFailure)

    const end = await started.ended
    controller.ended(end, monotonic() - startedMs)
    if (leaving) return undefined
    if (end.exitCode === 0) return {}
    return { failure: failureDetails({ ...end, stderr: logs.read('stderr'), logFile: placeOf('stderr') }) }
  }

  const placeOf = (name: 'stderr' | 'controller') => logPlace(logUri, clusterId, stepId, name)?.uri

  function refused(reason: string) {
    orLogged(() => logs.append('stderr', `${reason}\n`))
    controller.refused(reason)
    return { failure: failureDetails({ exitCode: 1, signal: null, stderr: reason, logFile: placeOf('stderr') }) }
  }

  function crashLoop() {
    const message = `The sandbox was gone within ${SETTLED_MS / 1000} s after each of ${SHORT_ATTEMPTS} starts of this step in a row.`
    orLogged(() => logs.append('stderr', `${message}\n`))
    controller.refused(message)
    return {
      failure: { reason: 'Unknown Error.', message, ...(placeOf('controller') && { logFile: placeOf('controller') }) },
    }
  }

  async function uploadLogs(): Promise<boolean> {
    try {
      return await logs.upload()
    } catch (error) {
      if (options.care.trouble(error) === undefined) options.log(`error: emr logs of ${stepId}: ${String(error)}`)
      return false
    }
  }

  // Later, so that whoever begins it has it on its list before the first change.
  const done = Promise.resolve()
    .then(run)
    .catch(error => {
      program?.stop('terminate')
      throw error
    })
    .finally(() => {
      for (const timer of timers) clearTimeout(timer)
    })
    .then(async end => {
      // The state changes after the logs are there, so that whoever sees FAILED finds the reason.
      const uploaded = await uploadLogs()
      if (end && uploaded) logs.remove()
      return end
    })

  return {
    done,
    stop,
    async uploadLogs() {
      await uploadLogs()
    },
    async leave(graceMs) {
      if (!leaving && !stepNow().ending) {
        leaving = true
        await options.change({ kind: 'step-settled', stepId }).catch(logFailure)
      }
      stop('interrupt', graceMs)
      // Why it failed is for whoever began it.
      await done.catch(() => undefined)
    },
  }
}
