import { join } from 'node:path'
import { type StateCare, strictCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { ClusterRecord } from './cluster.ts'
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
  const running = new Map<string, RunningStep>()
  const timers = new Map<string, NodeJS.Timeout>()
  let closing = false
  const stopping = new AbortController()

  function put(cluster: ClusterRecord): void {
    store.save(cluster)
    clusters.set(cluster.id, cluster)
    reconcileSoon(cluster.id)
  }

  /** What the disk does not take of a step's start is tried again: the records say already that it runs. */
  function reconcileSoon(clusterId: string): void {
    const cluster = clusters.get(clusterId)
    if (!cluster) return
    try {
      reconcile(cluster)
    } catch (error) {
      if (care.trouble(error) === undefined) throw error
      care
        .room(stopping.signal)
        .then(() => reconcileSoon(clusterId))
        .catch(failure => {
          if (!closing) options.log(`error: emr cluster ${clusterId}: ${String(failure)}`)
        })
    }
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

  function reconcile(cluster: ClusterRecord): void {
    if (closing) return
    schedule(cluster)
    for (const step of cluster.steps) {
      const run = running.get(step.id)
      if (step.state !== 'RUNNING' && step.state !== 'CANCEL_PENDING') continue
      if (!run) begin(cluster, step.id)
      else if (step.ending)
        run.stop(step.ending.kind, cluster.state === 'TERMINATING' ? options.shutdownGraceMs : undefined)
    }
  }

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
    void run.done
      .then(
        async end => {
          running.delete(stepId)
          if (end)
            await changeWhenRoom(cluster.id, {
              kind: 'step-ended',
              stepId,
              ...(end.failure && { failure: end.failure }),
            })
        },
        async error => {
          running.delete(stepId)
          options.log(`error: emr step ${stepId}: ${error instanceof Error ? error.stack : String(error)}`)
          const failure = { reason: 'Unknown Error.', message: `The sandbox could not run the step: ${String(error)}` }
          await changeWhenRoom(cluster.id, { kind: 'step-ended', stepId, failure })
        },
      )
      .catch(error => {
        if (!closing) options.log(`error: emr step ${stepId}: ${String(error)}`)
      })
  }

  /** One timer a cluster, for the next thing that time brings. */
  function schedule(cluster: ClusterRecord): void {
    clearTimeout(timers.get(cluster.id))
    timers.delete(cluster.id)
    const due = nextDue(cluster, options.delaysMs)
    if (!due) return
    const waitMs = Math.min(Math.max(0, due.atMs - options.now()), due.withinMs, LONGEST_TIMER_MS)
    timers.set(
      cluster.id,
      setTimeout(() => {
        changeWhenRoom(cluster.id, due.event).catch(error => {
          if (!closing) options.log(`error: emr cluster ${cluster.id}: ${String(error)}`)
        })
      }, waitMs),
    )
  }

  const uploads = setInterval(() => {
    for (const run of running.values())
      run.uploadLogs().catch(error => options.log(`error: emr logs: ${String(error)}`))
  }, options.logUploadMs)

  // A repair opens the records and starts nothing.
  if (!care.repairs) for (const id of clusters.keys()) reconcileSoon(id)

  return {
    clusters,
    add: put,
    change,
    async close() {
      closing = true
      stopping.abort()
      clearInterval(uploads)
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all([...running.values()].map(run => run.leave(options.shutdownGraceMs)))
    },
  }
}
