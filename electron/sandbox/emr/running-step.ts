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

export interface RunningStepOptions {
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
}

export function runStepOf(options: RunningStepOptions): RunningStep {
  const attempt = openAttempt(options)
  const stopper = createStopper(attempt)

  // Later, so that whoever begins it has it on its list before the first change.
  const done = Promise.resolve()
    .then(() => run(options, attempt, stopper))
    .catch(error => {
      stopper.terminate()
      throw error
    })
    .finally(attempt.clearTimers)
    .then(async end => {
      // The state changes after the logs are there, so that whoever sees FAILED finds the reason.
      const uploaded = await attempt.uploadLogs()
      if (end && uploaded) attempt.logs.remove()
      return end
    })

  return {
    done,
    stop: stopper.stop,
    async uploadLogs() {
      await attempt.uploadLogs()
    },
    async leave(graceMs) {
      if (!attempt.isLeft() && !attempt.stepNow().ending) {
        attempt.leave()
        await options.change({ kind: 'step-settled', stepId: options.stepId }).catch(attempt.logFailure)
      }
      stopper.stop('interrupt', graceMs)
      // Why it failed is for whoever began it.
      await done.catch(() => undefined)
    },
  }
}

type Attempt = ReturnType<typeof openAttempt>

/** What one attempt at a step has: its record, its logs and its timers. */
function openAttempt(options: RunningStepOptions) {
  const { clusterId, stepId, care } = options
  const stepNow = (): StepRecord => {
    const step = options.cluster().steps.find(entry => entry.id === stepId)
    if (!step) throw new Error(`Cluster ${clusterId} has no step ${stepId}`)
    return step
  }
  const first = stepNow()
  const { logUri } = options.cluster()
  const logs = openStepLog({ dir: options.logDir, logUri, clusterId, stepId, objects: options.objects })
  const timers = new Set<NodeJS.Timeout>()
  let left = false
  function logFailure(error: unknown): void {
    if (care.trouble(error) === undefined) options.log(`error: emr step ${stepId}: ${String(error)}`)
  }
  /** A full disk must not bring the sandbox down from a callback that nobody awaits. */
  function orLogged(run: () => void): void {
    try {
      run()
    } catch (error) {
      logFailure(error)
    }
  }
  return {
    /** The record as it was when the attempt began. */
    first,
    stepNow,
    logs,
    controller: controllerLog({
      cluster: options.cluster(),
      step: first,
      now: options.now,
      append: text => orLogged(() => logs.append('controller', text)),
    }),
    placeOf: (name: 'stderr' | 'controller') => logPlace(logUri, clusterId, stepId, name)?.uri,
    /** Whether the sandbox ends the program because it is stopped itself. */
    isLeft: () => left,
    leave(): void {
      left = true
    },
    later: (delayMs: number, run: () => void) => void timers.add(setTimeout(() => orLogged(run), delayMs)),
    clearTimers(): void {
      for (const timer of timers) clearTimeout(timer)
    },
    logFailure,
    orLogged,
    async uploadLogs(): Promise<boolean> {
      try {
        return await logs.upload()
      } catch (error) {
        if (care.trouble(error) === undefined) options.log(`error: emr logs of ${stepId}: ${String(error)}`)
        return false
      }
    },
  }
}

type Stopper = ReturnType<typeof createStopper>

/** Asks the program to end, as soon as there is one. */
function createStopper({ controller, later }: Attempt) {
  let program: StepRun | undefined
  /** What was asked for while the program was got ready. */
  let asked: { kind: StopKind; graceMs: number | undefined } | undefined
  const sent = new Set<StopKind>()
  let doomed = false

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

  return {
    stop,
    hasStarted(started: StepRun): void {
      program = started
    },
    /** Passes on what was asked for before the program was there. */
    passOn(): void {
      if (asked) stop(asked.kind, asked.graceMs)
    },
    terminate(): void {
      program?.stop('terminate')
    },
  }
}

type End = { failure?: StepFailure } | undefined

async function run(options: RunningStepOptions, attempt: Attempt, stopper: Stopper): Promise<End> {
  const { clusterId, stepId, monotonic } = options
  const { first, controller, logs } = attempt
  const mark = await stepMark(options.dir, clusterId, stepId)
  if (first.attempts > 0) {
    const { killed, stillThere } = await endOrphans(mark, first.pid)
    if (attempt.isLeft()) return undefined
    if (!attempt.stepNow().ending) controller.restarted(killed, stillThere)
    if (first.shortAttempts >= SHORT_ATTEMPTS) return crashLoop(attempt)
  }
  // Cancelled before it was started.
  if (attempt.stepNow().ending) return {}
  if (attempt.isLeft()) return undefined
  const { jar } = first
  if (jar.slice(jar.lastIndexOf('/') + 1) !== 'command-runner.jar')
    return refused(attempt, `The sandbox runs steps of command-runner.jar only, not ${jar}.`)
  await options.change({ kind: 'step-attempted', stepId })
  const startedMs = monotonic()
  const started = await startWhenRoom(options, attempt, mark)
  if ('refused' in started) return refused(attempt, started.refused)
  stopper.hasStarted(started)
  controller.started(started.pid)
  attempt.later(SETTLED_MS, () => void options.change({ kind: 'step-settled', stepId }).catch(attempt.logFailure))
  stopper.passOn()
  await options.change({ kind: 'step-process', stepId, pid: started.pid })
  attempt.uploadLogs().catch(attempt.logFailure)

  const end = await started.ended
  controller.ended(end, monotonic() - startedMs)
  if (attempt.isLeft()) return undefined
  if (end.exitCode === 0) return {}
  return { failure: failureDetails({ ...end, stderr: logs.read('stderr'), logFile: attempt.placeOf('stderr') }) }
}

/** Starts the program; what the disk does not take of what it needs is got ready again when there is room. */
const startWhenRoom = (
  { care, runStep, clusterId, stepId }: RunningStepOptions,
  { first, logs, orLogged }: Attempt,
  mark: string,
): ReturnType<StepRunner> =>
  whenRoom(care, () => {
    const onOutput = (stream: 'stdout' | 'stderr', chunk: Buffer) => orLogged(() => logs.append(stream, chunk))
    return runStep({ args: first.args, clusterId, stepId, mark, onOutput })
  })

function refused({ controller, logs, orLogged, placeOf }: Attempt, reason: string): End {
  orLogged(() => logs.append('stderr', `${reason}\n`))
  controller.refused(reason)
  return { failure: failureDetails({ exitCode: 1, signal: null, stderr: reason, logFile: placeOf('stderr') }) }
}

function crashLoop({ controller, logs, orLogged, placeOf }: Attempt): End {
  const message =
    `The sandbox was gone within ${SETTLED_MS / 1000} s after each of ` +
    `${SHORT_ATTEMPTS} starts of this step in a row.`
  orLogged(() => logs.append('stderr', `${message}\n`))
  controller.refused(message)
  const logFile = placeOf('controller')
  return { failure: { reason: 'Unknown Error.', message, ...(logFile && { logFile }) } }
}
