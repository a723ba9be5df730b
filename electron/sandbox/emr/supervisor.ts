import { join } from 'node:path'
import { type StateCare, strictCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { ClusterRecord, StepFailure } from './cluster.ts'
import { type RunningStep, runStepOf } from './running-step.ts'
import { apply, type ClusterEvent, type Delays, newestTime, nextDue } from './state-machine.ts'
import type { StepRunner } from './step-runner.ts'
import { openClusterStore } from './store.ts'

const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface SupervisorOptions {
  dir: string
  now: () => number
  /** Measures intervals; `now` when it is left out. */
  monotonic?: () => number
  objects: ObjectStore
  runStep: StepRunner
  delaysMs: Delays
  /** How often the logs of a running step are copied to S3. */
  logUploadMs: number
  /** How long a program may take to end when its cluster or the sandbox is shut down, before it is killed. */
  shutdownGraceMs: number
  log: (line: string) => void
  /** What is done about damaged state; refuses it when nothing is said. */
  care?: StateCare
}

/** The clusters, and what makes them move: time, programs that end, and callers. */
export interface Supervisor {
  /** In the order of their creation. */
  clusters: ReadonlyMap<string, ClusterRecord>
  /** Takes a new cluster in; on disk when it returns. */
  add(cluster: ClusterRecord): void
  /** Lets something happen to a cluster; on disk when it returns. */
  change(clusterId: string, event: ClusterEvent): void
  /** Ends the programs that run; their steps go on when the sandbox is started again. */
  close(): Promise<void>
}

/**
 * Reconciles the processes with the records: after every change, and after a restart, it checks what a cluster should
 * be doing and starts, interrupts or kills programs until it does. There is no other path, so a restart after a kill is
 * no special case.
 */
export function openSupervisor(options: SupervisorOptions): Supervisor {
  const care = options.care ?? strictCare(options.now, options.log)
  const store = openClusterStore(join(options.dir, 'clusters'), care)
  const clusters = new Map(store.load().map(cluster => [cluster.id, cluster]))
  const stopping = new AbortController()
  const logUnlessClosing = (of: string, error: unknown) => {
    if (!stopping.signal.aborted) options.log(`error: emr ${of}: ${String(error)}`)
  }

  function put(cluster: ClusterRecord): void {
    store.save(cluster)
    clusters.set(cluster.id, cluster)
    reconcileSoon(cluster.id)
  }

  function change(clusterId: string, event: ClusterEvent): void {
    const before = clusters.get(clusterId)
    if (!before) return
    const after = apply(before, event, Math.max(options.now(), newestTime(before)))
    if (after !== before) put(after)
  }

  /** For what happens by itself: what the disk does not take happens when it does. */
  const changeWhenRoom = (clusterId: string, event: ClusterEvent): Promise<void> =>
    whenRoom(care, () => change(clusterId, event), { signal: stopping.signal })

  const parts: Parts = { options, care, clusters, changeWhenRoom, logUnlessClosing }
  const steps = createRunningSteps(parts)
  const timers = createClusterTimers(parts)

  /** What the disk does not take of a step's start is tried again: the records say already that it runs. */
  function reconcileSoon(clusterId: string): void {
    const cluster = clusters.get(clusterId)
    if (!cluster || stopping.signal.aborted) return
    try {
      timers.schedule(cluster)
      steps.reconcile(cluster)
    } catch (error) {
      if (care.trouble(error) === undefined) throw error
      care
        .room(stopping.signal)
        .then(() => reconcileSoon(clusterId))
        .catch(failure => logUnlessClosing(`cluster ${clusterId}`, failure))
    }
  }

  const uploads = setInterval(steps.uploadLogs, options.logUploadMs)

  // A repair opens the records and starts nothing.
  if (!care.repairs) for (const id of clusters.keys()) reconcileSoon(id)

  return {
    clusters,
    add: put,
    change,
    async close() {
      stopping.abort()
      clearInterval(uploads)
      timers.clear()
      await steps.leaveAll()
    },
  }
}

interface Parts {
  options: SupervisorOptions
  care: StateCare
  clusters: ReadonlyMap<string, ClusterRecord>
  changeWhenRoom: (clusterId: string, event: ClusterEvent) => Promise<void>
  logUnlessClosing: (of: string, error: unknown) => void
}

/** The steps whose programs run, by their ids. */
function createRunningSteps({ options, care, clusters, changeWhenRoom, logUnlessClosing }: Parts) {
  const running = new Map<string, RunningStep>()

  function begin(cluster: ClusterRecord, stepId: string): void {
    const run = runStepOf({
      ...options,
      monotonic: options.monotonic ?? options.now,
      logDir: join(options.dir, 'logs'),
      clusterId: cluster.id,
      stepId,
      cluster: () => clusters.get(cluster.id) ?? cluster,
      change: event => changeWhenRoom(cluster.id, event),
      care,
    })
    running.set(stepId, run)
    const ended = (failure: StepFailure | undefined) =>
      changeWhenRoom(cluster.id, { kind: 'step-ended', stepId, ...(failure && { failure }) })
    void run.done
      .then(
        async end => {
          running.delete(stepId)
          if (end) await ended(end.failure)
        },
        async error => {
          running.delete(stepId)
          options.log(`error: emr step ${stepId}: ${error instanceof Error ? error.stack : String(error)}`)
          await ended({ reason: 'Unknown Error.', message: `The sandbox could not run the step: ${String(error)}` })
        },
      )
      .catch(error => logUnlessClosing(`step ${stepId}`, error))
  }

  return {
    /** Starts and stops programs until they are what the record says. */
    reconcile(cluster: ClusterRecord): void {
      for (const step of cluster.steps) {
        const run = running.get(step.id)
        if (step.state !== 'RUNNING' && step.state !== 'CANCEL_PENDING') continue
        if (!run) begin(cluster, step.id)
        else if (step.ending)
          run.stop(step.ending.kind, cluster.state === 'TERMINATING' ? options.shutdownGraceMs : undefined)
      }
    },
    uploadLogs(): void {
      for (const run of running.values())
        run.uploadLogs().catch(error => options.log(`error: emr logs: ${String(error)}`))
    },
    /** Ends the programs; their steps keep their state. */
    async leaveAll(): Promise<void> {
      await Promise.all([...running.values()].map(run => run.leave(options.shutdownGraceMs)))
    },
  }
}

/** One timer a cluster, for the next thing that time brings. */
function createClusterTimers({ options, changeWhenRoom, logUnlessClosing }: Parts) {
  const timers = new Map<string, NodeJS.Timeout>()
  return {
    schedule(cluster: ClusterRecord): void {
      clearTimeout(timers.get(cluster.id))
      timers.delete(cluster.id)
      const due = nextDue(cluster, options.delaysMs)
      if (!due) return
      const waitMs = Math.min(Math.max(0, due.atMs - options.now()), due.withinMs, LONGEST_TIMER_MS)
      const timer = setTimeout(() => {
        changeWhenRoom(cluster.id, due.event).catch(error => logUnlessClosing(`cluster ${cluster.id}`, error))
      }, waitMs)
      timers.set(cluster.id, timer)
    },
    clear(): void {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
