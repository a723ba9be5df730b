import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClusterRecord, isActive, isAlive, type StepRecord } from '../../../electron/sandbox/emr/cluster.ts'
import { apply, type ClusterEvent, newestTime, nextDue } from '../../../electron/sandbox/emr/state-machine.ts'

const DELAYS = { starting: 100, bootstrapping: 50, terminating: 20, stepPending: 5 }

const step = (id: string, change: Partial<StepRecord> = {}): StepRecord => ({
  id,
  name: id,
  actionOnFailure: 'CONTINUE',
  jar: 'command-runner.jar',
  properties: {},
  args: [],
  state: 'PENDING',
  createdMs: 0,
  attempts: 0,
  shortAttempts: 0,
  ...change,
})
const cluster = (change: Partial<ClusterRecord> = {}): ClusterRecord => ({
  id: 'j-1',
  name: 'c',
  state: 'STARTING',
  stateSinceMs: 0,
  reason: { message: '' },
  createdMs: 0,
  keepAlive: true,
  terminationProtected: false,
  stepConcurrency: 1,
  releaseLabel: 'emr-7.5.0',
  tags: [],
  groups: [],
  bootstrapActions: [],
  described: {},
  steps: [],
  ...change,
})
const ready = (steps: StepRecord[], change: Partial<ClusterRecord> = {}) =>
  cluster({ state: 'RUNNING', readyMs: 0, steps, ...change })
const FAILURE = { reason: 'Unknown Error.' }
const states = (of: ClusterRecord) => of.steps.map(entry => entry.state)

/** Lets time alone act until nothing is due. */
function elapse(from: ClusterRecord): { cluster: ClusterRecord; atMs: number } {
  let [current, atMs] = [from, 0]
  for (let due = nextDue(current, DELAYS); due; due = nextDue(current, DELAYS)) {
    atMs = Math.max(atMs, due.atMs)
    current = apply(current, due.event, atMs)
  }
  return { cluster: current, atMs }
}

describe('a clock that was set back', () => {
  it('lets nothing wait longer than it takes, and ends nothing before it began', () => {
    const began = 10_000_000
    const starting = cluster({ createdMs: began, stateSinceMs: began })
    expect(nextDue(starting, DELAYS)).toMatchObject({ withinMs: DELAYS.starting })
    const running = ready([{ ...step('s-1'), createdMs: began, state: 'RUNNING', startedMs: began + 5 }], {
      createdMs: began,
    })
    const ended = apply(
      running,
      { kind: 'step-ended', stepId: 's-1' },
      Math.max(began - 3_600_000, newestTime(running)),
    )
    expect(ended.steps[0]).toMatchObject({ state: 'COMPLETED', startedMs: began + 5, endedMs: began + 5 })
  })
})

describe('time', () => {
  it('takes a cluster without steps to WAITING after both delays', () => {
    const { cluster: waiting, atMs } = elapse(cluster())
    expect(waiting).toMatchObject({ state: 'WAITING', readyMs: 150, stateSinceMs: 150 })
    expect(atMs).toBe(150)
  })

  it('starts as many pending steps as may run at once, in their order', () => {
    const steps = ['a', 'b', 'c'].map(id => step(id))
    expect(states(elapse(cluster({ steps })).cluster)).toEqual(['RUNNING', 'PENDING', 'PENDING'])
    expect(states(elapse(cluster({ steps, stepConcurrency: 2 })).cluster)).toEqual(['RUNNING', 'RUNNING', 'PENDING'])
  })

  it('does not end a cluster whose programs still run', () => {
    const ending = apply(ready([step('a', { state: 'RUNNING' })]), { kind: 'terminate' }, 7)
    expect(ending.state).toBe('TERMINATING')
    expect(nextDue(ending, DELAYS)).toBeUndefined()
    const ended = apply(ending, { kind: 'step-ended', stepId: 'a', failure: FAILURE }, 9)
    expect(states(ended)).toEqual(['INTERRUPTED'])
    expect(ended.steps[0]?.failure).toBeUndefined()
    expect(elapse(ended).cluster).toMatchObject({ state: 'TERMINATED', reason: { code: 'USER_REQUEST' }, endedMs: 27 })
  })
})

describe('a step that ends', () => {
  const ended = (from: ClusterRecord, failure?: typeof FAILURE) =>
    apply(from, { kind: 'step-ended', stepId: 'a', ...(failure && { failure }) }, 10)

  it('makes a kept cluster wait, and another one end', () => {
    expect(ended(ready([step('a', { state: 'RUNNING' })]))).toMatchObject({
      state: 'WAITING',
      reason: { message: 'Cluster ready after last step completed.' },
      steps: [{ state: 'COMPLETED', endedMs: 10 }],
    })
    expect(ended(ready([step('a', { state: 'RUNNING' })], { keepAlive: false }))).toMatchObject({
      state: 'TERMINATING',
      reason: { code: 'ALL_STEPS_COMPLETED', message: 'Steps completed' },
    })
    expect(ended(ready([step('a', { state: 'RUNNING' })], { keepAlive: false }), FAILURE)).toMatchObject({
      reason: { message: 'Steps completed with errors' },
    })
  })

  it('is CANCELLED when it was cancelled, however its program ended', () => {
    const from = apply(
      ready([step('a', { state: 'RUNNING' })]),
      { kind: 'step-cancelled', stepId: 'a', stop: 'interrupt' },
      1,
    )
    expect(from.steps[0]).toMatchObject({ state: 'CANCEL_PENDING', ending: { kind: 'interrupt', as: 'CANCELLED' } })
    expect(states(ended(from))).toEqual(['CANCELLED'])
    expect(states(ended(from, FAILURE))).toEqual(['CANCELLED'])
  })

  it.each([
    ['CONTINUE', {}, 'RUNNING', ['FAILED', 'PENDING']],
    ['CANCEL_AND_WAIT', {}, 'WAITING', ['FAILED', 'CANCELLED']],
    ['CANCEL_AND_WAIT', { keepAlive: false }, 'TERMINATING', ['FAILED', 'CANCELLED']],
    ['TERMINATE_CLUSTER', {}, 'TERMINATING', ['FAILED', 'CANCELLED']],
    ['TERMINATE_JOB_FLOW', {}, 'TERMINATING', ['FAILED', 'CANCELLED']],
    ['TERMINATE_CLUSTER', { terminationProtected: true }, 'WAITING', ['FAILED', 'CANCELLED']],
    ['TERMINATE_CLUSTER', { terminationProtected: true, keepAlive: false }, 'TERMINATING', ['FAILED', 'CANCELLED']],
    ['TERMINATE_CLUSTER', { stepConcurrency: 2 }, 'RUNNING', ['FAILED', 'PENDING']],
    ['CANCEL_AND_WAIT', { stepConcurrency: 2 }, 'RUNNING', ['FAILED', 'PENDING']],
  ] as const)(
    'and fails with %s on a cluster of %j leaves it %s, its steps %j',
    (actionOnFailure, change, state, after) => {
      const from = ready([step('a', { state: 'RUNNING', actionOnFailure }), step('b')], change)
      const next = ended(from, FAILURE)
      expect(next.state).toBe(state)
      expect(states(next)).toEqual(after)
    },
  )

  it('and shuts the cluster down leaves it TERMINATED_WITH_ERRORS', () => {
    const from = ready([step('a', { state: 'RUNNING', actionOnFailure: 'TERMINATE_CLUSTER' })])
    expect(elapse(ended(from, FAILURE)).cluster).toMatchObject({
      state: 'TERMINATED_WITH_ERRORS',
      reason: { code: 'STEP_FAILURE', message: 'Shut down as step failed' },
    })
  })
})

describe('whatever happens in whatever order', () => {
  const stepId = fc.constantFrom('a', 'b', 'c')
  const events: fc.Arbitrary<ClusterEvent> = fc.oneof(
    fc.constantFrom<ClusterEvent>({ kind: 'capacity-provisioned' }, { kind: 'bootstrapped' }, { kind: 'terminated' }),
    { arbitrary: fc.constant<ClusterEvent>({ kind: 'terminate' }), weight: 1 },
    fc.record({ kind: fc.constant('step-due' as const), stepId }),
    fc.record({ kind: fc.constant('step-attempted' as const), stepId }),
    fc.record({ kind: fc.constant('step-ended' as const), stepId }),
    fc.record({ kind: fc.constant('step-ended' as const), stepId, failure: fc.constant(FAILURE) }),
    fc.record({
      kind: fc.constant('step-cancelled' as const),
      stepId,
      stop: fc.constantFrom('interrupt' as const, 'terminate' as const),
    }),
    fc.record({ kind: fc.constant('keep-alive-set' as const), on: fc.boolean() }),
    fc.record({ kind: fc.constant('step-concurrency-set' as const), level: fc.integer({ min: 1, max: 3 }) }),
  )
  const start = fc.record({
    keepAlive: fc.boolean(),
    terminationProtected: fc.boolean(),
    stepConcurrency: fc.integer({ min: 1, max: 3 }),
    steps: fc
      .array(fc.constantFrom('CONTINUE' as const, 'CANCEL_AND_WAIT' as const, 'TERMINATE_CLUSTER' as const), {
        maxLength: 3,
      })
      .map(actions => actions.map((actionOnFailure, index) => step('abc'[index] ?? '', { actionOnFailure }))),
  })

  it('no step leaves a final state, no cluster comes back, and a cluster that is over has no step that is not', () => {
    fc.assert(
      fc.property(start, fc.array(events, { maxLength: 40 }), (change, happened) => {
        let before = cluster(change)
        for (const [index, event] of happened.entries()) {
          const after = apply(before, event, index)
          for (const old of before.steps) {
            const now = after.steps.find(entry => entry.id === old.id)
            if (!isActive(old) && old.state !== 'PENDING') expect(now?.state).toBe(old.state)
            if (old.state === 'PENDING') expect(['PENDING', 'RUNNING', 'CANCELLED']).toContain(now?.state)
          }
          if (!isAlive(before)) expect(isAlive(after)).toBe(false)
          if (!isAlive(after)) expect(states(after)).not.toContain('PENDING')
          if (after.state === 'WAITING') expect(after.steps.some(isActive)).toBe(false)
          before = after
        }
      }),
      { numRuns: 500 },
    )
  })

  it('time and ended programs bring every cluster to an end of its work: waiting with nothing to do, or over', () => {
    fc.assert(
      fc.property(start, fc.array(events, { maxLength: 20 }), (change, happened) => {
        let current = happened.reduce((from, event, index) => apply(from, event, index), cluster(change))
        for (let round = 0; round < 10; round++) {
          current = elapse(current).cluster
          const active = current.steps.find(isActive)
          if (active) current = apply(current, { kind: 'step-ended', stepId: active.id }, 1_000 + round)
        }
        expect(['WAITING', 'TERMINATED', 'TERMINATED_WITH_ERRORS']).toContain(current.state)
        expect(current.steps.some(entry => isActive(entry) || entry.state === 'PENDING')).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})
