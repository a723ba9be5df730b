import {
  type ClusterRecord,
  type ClusterState,
  type InstanceGroupRecord,
  isActive,
  isAlive,
  type StateReason,
  type StepFailure,
  type StepRecord,
  type StopKind,
  type Tag,
} from './cluster.ts'

/** What can happen to a cluster. */
export type ClusterEvent =
  | { kind: 'capacity-provisioned' }
  | { kind: 'bootstrapped' }
  | { kind: 'terminated' }
  | { kind: 'terminate' }
  | { kind: 'steps-added'; steps: StepRecord[] }
  | { kind: 'step-due'; stepId: string }
  | { kind: 'step-attempted'; stepId: string }
  | { kind: 'step-process'; stepId: string; pid: number }
  /** Its program has run for a while, or the sandbox was stopped in order: what follows is no crash loop. */
  | { kind: 'step-settled'; stepId: string }
  /** Without a failure it ended well. */
  | { kind: 'step-ended'; stepId: string; failure?: StepFailure }
  | { kind: 'step-cancelled'; stepId: string; stop: StopKind }
  | { kind: 'protection-set'; on: boolean }
  | { kind: 'keep-alive-set'; on: boolean }
  | { kind: 'step-concurrency-set'; level: number }
  | { kind: 'group-changed'; group: InstanceGroupRecord }
  | { kind: 'tagged'; tags: Tag[] }
  | { kind: 'untagged'; keys: string[] }
  | { kind: 'app-ui-created' }

export interface Delays {
  starting: number
  bootstrapping: number
  terminating: number
  stepPending: number
}

/**
 * The next event that time alone brings, when, and after how long at most: a clock that was set back lets nothing wait
 * longer than it takes; undefined while the cluster waits for something else.
 */
export function nextDue(
  cluster: ClusterRecord,
  delaysMs: Delays,
): { atMs: number; withinMs: number; event: ClusterEvent } | undefined {
  switch (cluster.state) {
    case 'STARTING':
      return {
        atMs: cluster.stateSinceMs + delaysMs.starting,
        withinMs: delaysMs.starting,
        event: { kind: 'capacity-provisioned' },
      }
    case 'BOOTSTRAPPING':
      return {
        atMs: cluster.stateSinceMs + delaysMs.bootstrapping,
        withinMs: delaysMs.bootstrapping,
        event: { kind: 'bootstrapped' },
      }
    case 'TERMINATING':
      if (cluster.steps.some(isActive)) return undefined
      return {
        atMs: cluster.stateSinceMs + delaysMs.terminating,
        withinMs: delaysMs.terminating,
        event: { kind: 'terminated' },
      }
    case 'RUNNING':
    case 'WAITING': {
      const next = cluster.steps.find(step => step.state === 'PENDING')
      if (!next || cluster.steps.filter(isActive).length >= cluster.stepConcurrency) return undefined
      const atMs = Math.max(next.createdMs, cluster.readyMs ?? 0) + delaysMs.stepPending
      return { atMs, withinMs: delaysMs.stepPending, event: { kind: 'step-due', stepId: next.id } }
    }
    default:
      return undefined
  }
}

/**
 * The newest time of a cluster and its steps: what happens to it next is not before that, though the clock may have
 * been set back.
 */
export function newestTime({ createdMs, stateSinceMs, readyMs, endedMs, steps }: ClusterRecord): number {
  const ofSteps = steps.flatMap(step => [step.createdMs, step.startedMs ?? 0, step.endedMs ?? 0])
  return ofSteps.reduce((a, b) => Math.max(a, b), Math.max(createdMs, stateSinceMs, readyMs ?? 0, endedMs ?? 0))
}

/** The cluster after an event. An event that no longer fits (a step ended twice, a cluster gone) changes nothing. */
export function apply(cluster: ClusterRecord, event: ClusterEvent, nowMs: number): ClusterRecord {
  switch (event.kind) {
    case 'capacity-provisioned':
      if (cluster.state !== 'STARTING') return cluster
      return enter(cluster, 'BOOTSTRAPPING', { message: 'Running bootstrap actions' }, nowMs)
    case 'bootstrapped':
      if (cluster.state !== 'BOOTSTRAPPING') return cluster
      return settle(enter({ ...cluster, readyMs: nowMs }, 'RUNNING', { message: 'Running step' }, nowMs), nowMs)
    case 'terminated': {
      if (cluster.state !== 'TERMINATING') return cluster
      const state = cluster.reason.code === 'STEP_FAILURE' ? 'TERMINATED_WITH_ERRORS' : 'TERMINATED'
      return { ...enter(cluster, state, cluster.reason, nowMs), endedMs: nowMs }
    }
    case 'terminate':
      return isAlive(cluster)
        ? shutDown(cluster, { code: 'USER_REQUEST', message: 'Terminated by user request' }, nowMs)
        : cluster
    case 'steps-added':
      return isAlive(cluster) ? { ...cluster, steps: [...cluster.steps, ...event.steps] } : cluster
    case 'step-due': {
      if (cluster.state !== 'RUNNING' && cluster.state !== 'WAITING') return cluster
      return settle(
        changeStep(cluster, event.stepId, step =>
          step.state === 'PENDING' ? { ...step, state: 'RUNNING', startedMs: nowMs } : step,
        ),
        nowMs,
      )
    }
    case 'step-attempted':
      return changeStep(cluster, event.stepId, step => ({
        ...step,
        attempts: step.attempts + 1,
        shortAttempts: step.shortAttempts + 1,
        pid: undefined,
      }))
    case 'step-process':
      return changeStep(cluster, event.stepId, step => ({ ...step, pid: event.pid }))
    case 'step-settled':
      return changeStep(cluster, event.stepId, step => ({ ...step, shortAttempts: 0 }))
    case 'step-ended':
      return endStep(cluster, event.stepId, event.failure, nowMs)
    case 'step-cancelled':
      return settle(
        changeStep(cluster, event.stepId, step => cancelStep(step, event.stop, nowMs)),
        nowMs,
      )
    case 'protection-set':
      return { ...cluster, terminationProtected: event.on }
    case 'keep-alive-set':
      return settle({ ...cluster, keepAlive: event.on }, nowMs)
    case 'step-concurrency-set':
      return { ...cluster, stepConcurrency: event.level }
    case 'group-changed':
      return { ...cluster, groups: cluster.groups.map(group => (group.id === event.group.id ? event.group : group)) }
    case 'tagged': {
      const keys = new Set(event.tags.map(tag => tag.Key))
      return { ...cluster, tags: [...cluster.tags.filter(tag => !keys.has(tag.Key)), ...event.tags] }
    }
    case 'app-ui-created':
      return cluster.appUiCreatedMs === undefined ? { ...cluster, appUiCreatedMs: nowMs } : cluster
    case 'untagged':
      return { ...cluster, tags: cluster.tags.filter(tag => !event.keys.includes(tag.Key)) }
  }
}

const enter = (cluster: ClusterRecord, state: ClusterState, reason: StateReason, nowMs: number): ClusterRecord => ({
  ...cluster,
  state,
  reason,
  stateSinceMs: cluster.state === state ? cluster.stateSinceMs : nowMs,
})

const changeStep = (
  cluster: ClusterRecord,
  stepId: string,
  change: (step: StepRecord) => StepRecord,
): ClusterRecord => ({
  ...cluster,
  steps: cluster.steps.map(step => (step.id === stepId ? change(step) : step)),
})

/** A cluster that is up runs while it has steps; without, it waits for more or ends. */
function settle(cluster: ClusterRecord, nowMs: number): ClusterRecord {
  if (cluster.state !== 'RUNNING' && cluster.state !== 'WAITING') return cluster
  if (cluster.steps.some(isActive)) return enter(cluster, 'RUNNING', { message: 'Running step' }, nowMs)
  if (cluster.steps.some(step => step.state === 'PENDING')) return cluster
  if (cluster.keepAlive) return enter(cluster, 'WAITING', { message: waitingMessage(cluster) }, nowMs)
  const failed = cluster.steps.some(step => step.state === 'FAILED')
  return shutDown(
    cluster,
    { code: 'ALL_STEPS_COMPLETED', message: failed ? 'Steps completed with errors' : 'Steps completed' },
    nowMs,
  )
}

function waitingMessage(cluster: ClusterRecord): string {
  let last: StepRecord | undefined
  for (const step of cluster.steps) if ((step.endedMs ?? 0) >= (last?.endedMs ?? 0)) last = step
  if (!last) return 'Cluster ready to run steps.'
  return `Cluster ready after last step ${last.state.toLowerCase()}.`
}

/** Pending steps are cancelled at once; a running one is interrupted, and the cluster waits for its program to end. */
function shutDown(cluster: ClusterRecord, reason: StateReason, nowMs: number): ClusterRecord {
  const steps = cluster.steps.map((step): StepRecord => {
    if (step.state === 'PENDING') return { ...step, state: 'CANCELLED', stateMessage: 'Job terminated', endedMs: nowMs }
    return isActive(step) && !step.ending ? { ...step, ending: { kind: 'interrupt', as: 'INTERRUPTED' } } : step
  })
  return enter({ ...cluster, steps }, 'TERMINATING', reason, nowMs)
}

function cancelStep(step: StepRecord, kind: StopKind, nowMs: number): StepRecord {
  if (step.state === 'PENDING')
    return { ...step, state: 'CANCELLED', stateMessage: 'Cancelled by user', endedMs: nowMs }
  if (step.state === 'RUNNING') return { ...step, state: 'CANCEL_PENDING', ending: { kind, as: 'CANCELLED' } }
  if (step.state === 'CANCEL_PENDING' && kind === 'terminate') return { ...step, ending: { kind, as: 'CANCELLED' } }
  return step
}

function endStep(
  cluster: ClusterRecord,
  stepId: string,
  failure: StepFailure | undefined,
  nowMs: number,
): ClusterRecord {
  const step = cluster.steps.find(entry => entry.id === stepId)
  if (!step || !isActive(step)) return cluster
  const { pid: _ended, ...rest } = step
  const ended = { ...rest, endedMs: nowMs }
  const replace = (next: StepRecord) => changeStep(cluster, stepId, () => next)
  if (step.ending) {
    const stateMessage = step.ending.as === 'CANCELLED' ? 'Cancelled by user' : 'Job terminated'
    return settle(replace({ ...ended, state: step.ending.as, stateMessage }), nowMs)
  }
  if (!failure) return settle(replace({ ...ended, state: 'COMPLETED' }), nowMs)
  return afterFailure(replace({ ...ended, state: 'FAILED', failure }), step.actionOnFailure, nowMs)
}

/**
 * What a failed step does to its cluster. Above a concurrency of 1 it does nothing (StepConfig$ActionOnFailure), and a
 * protected long-running cluster is not shut down (Management Guide, Using termination protection).
 */
function afterFailure(cluster: ClusterRecord, action: StepRecord['actionOnFailure'], nowMs: number): ClusterRecord {
  if (action === 'CONTINUE' || cluster.stepConcurrency > 1 || !isAlive(cluster)) return settle(cluster, nowMs)
  const steps = cluster.steps.map(
    (step): StepRecord =>
      step.state === 'PENDING' ? { ...step, state: 'CANCELLED', stateMessage: 'Job terminated', endedMs: nowMs } : step,
  )
  const stays = action === 'CANCEL_AND_WAIT' || (cluster.terminationProtected && cluster.keepAlive)
  if (stays) return settle({ ...cluster, steps }, nowMs)
  return shutDown({ ...cluster, steps }, { code: 'STEP_FAILURE', message: 'Shut down as step failed' }, nowMs)
}
