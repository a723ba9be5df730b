import type { NewEvent } from '../../../shared/features/history.ts'
import type { JobsView } from '../../../shared/features/jobs.ts'
import type { Lag } from '../../../shared/features/lag.ts'
import type { SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import { inRecords } from '../../../shared/job/progress.ts'
import type { Sample } from './pending.ts'

/** The series of a simulator's status: records per second. */
export const simulatorSample = ({ rates }: SimulatorStatus): Sample => ({
  'simulator/sent': rates.sentPerSecond,
  'simulator/accepted': rates.acceptedPerSecond,
  'simulator/throttled': rates.throttledPerSecond,
  'simulator/retried': rates.retriedPerSecond,
})

/**
 * The series of a lag: of the whole stream, and of each partition that is not drained. Nothing for what is not known.
 */
export function lagSample({ total, partitions }: Lag): Sample {
  const values: Record<string, number> = {}
  const keep = (name: string, value: number | null) => {
    if (value !== null) values[name] = value
  }
  keep('lag/behindMs', total.behindMs)
  keep('lag/atCommitRecords', total.atCommitRecords)
  keep('lag/beforeCommitRecords', total.beforeCommitRecords)
  keep('lag/behindBytes', total.behindBytes)
  for (const partition of partitions) {
    if (partition.state === 'drained') continue
    keep(`partition/${partition.partitionId}/behindMs`, partition.behindMs)
    keep(`partition/${partition.partitionId}/atCommitRecords`, partition.atCommitRecords)
    keep(`partition/${partition.partitionId}/beforeCommitRecords`, partition.beforeCommitRecords)
  }
  return values
}

/** Records that expired before they were read, when that begins, and each gap that the reader found. */
export function lagEvents(before: Lag | undefined, now: Lag): NewEvent[] {
  if (!before) return []
  const events: NewEvent[] = []
  if (now.total.lostRecords && !before.total.lostRecords)
    events.push({
      kind: 'stream',
      state: 'bad',
      title: 'Records expire before they are read',
      detail: `about ${now.total.lostRecords} so far; retention ${now.retentionHours} h`,
    })
  const known = new Set(before.gaps.map(gap => `${gap.partitionId} ${gap.foundAt}`))
  for (const gap of now.gaps)
    if (!known.has(`${gap.partitionId} ${gap.foundAt}`))
      events.push({
        kind: 'stream',
        state: 'bad',
        title: `Records of ${gap.partitionId} expired before they were read`,
        detail: `arrived between ${gap.from ?? 'an unknown time'} and ${gap.until}`,
      })
  return events
}

/** What each partition received since it was made; charts take the difference. */
export const streamSample = ({ partitions }: StreamDescription): Sample =>
  Object.fromEntries(
    partitions
      .filter(partition => partition.state === 'open')
      .flatMap(partition => [
        [`partition/${partition.id}/receivedRecords`, partition.received.records],
        [`partition/${partition.id}/receivedBytes`, partition.received.bytes],
      ]),
  )

/** Older progress than this says nothing about now: an idle query reports its newest batch for ever. */
const FRESH_MS = 5_000

/** The rate at which the query reads now, records of the stream per second; 0 while it runs and reads nothing. */
export function jobsSample({ progress, clusters, at }: JobsView): Sample {
  const runs = clusters.some(cluster => cluster.steps.some(step => step.state === 'RUNNING'))
  if (!runs || !progress) return {}
  const fresh = Date.parse(at) - Date.parse(progress.sluice.committedAt) < FRESH_MS
  return { 'job/read': fresh ? inRecords(progress.inputRowsPerSecond, progress) : 0 }
}

const STEP_STATES: Record<string, NewEvent['state']> = {
  RUNNING: 'good',
  COMPLETED: 'good',
  FAILED: 'bad',
  INTERRUPTED: 'warning',
}

/**
 * What changed among clusters and steps between two views. A first view gives no event: it is not known when
 * that happened.
 */
export function jobsEvents(before: JobsView | undefined, now: JobsView): NewEvent[] {
  if (!before) return []
  const events: NewEvent[] = []
  const clustersBefore = new Map(before.clusters.map(cluster => [cluster.id, cluster]))
  for (const cluster of now.clusters) {
    const known = clustersBefore.get(cluster.id)
    if (known?.state !== cluster.state && isEvent(cluster.state))
      events.push({
        kind: 'cluster',
        state: cluster.state.includes('ERROR') ? 'bad' : 'info',
        title: `${cluster.name} is ${words(cluster.state)}`,
        detail: [cluster.id, cluster.stateReason].filter(Boolean).join(': '),
      })
    const stepsBefore = new Map(known?.steps.map(step => [step.id, step]))
    for (const step of cluster.steps) {
      if (stepsBefore.get(step.id)?.state === step.state) continue
      events.push({
        kind: 'step',
        state: STEP_STATES[step.state] ?? 'info',
        title: `Step ${step.name} is ${words(step.state)}`,
        detail: [step.id, step.cause?.said || step.failure?.message || step.failure?.reason].filter(Boolean).join(': '),
      })
    }
  }
  const stillThere = new Set(now.clusters.map(cluster => cluster.id))
  for (const cluster of before.clusters)
    if (!stillThere.has(cluster.id))
      events.push({ kind: 'cluster', state: 'warning', title: `${cluster.name} is terminated`, detail: cluster.id })
  return events
}

/** RUNNING and WAITING follow each other with every step: the step says it already. */
const isEvent = (state: string): boolean => state !== 'RUNNING'
const words = (state: string): string => state.toLowerCase().replaceAll('_', ' ')

/** What changed of the stream between two views. */
export function streamEvents(before: StreamDescription | undefined, now: StreamDescription): NewEvent[] {
  if (!before) return []
  const open = (stream: StreamDescription) => stream.partitions.filter(partition => partition.state === 'open').length
  return open(before) === open(now)
    ? []
    : [
        {
          kind: 'stream',
          state: 'info',
          title: `${now.name} has ${open(now)} open ${now.words.partitions}`,
          detail: `${open(before)} before`,
        },
      ]
}

/** What changed of the simulator between two views. */
export function simulatorEvents(before: SimulatorStatus | undefined, now: SimulatorStatus): NewEvent[] {
  if (!before || before.state === now.state) return []
  if (now.state !== 'running' && now.state !== 'paused' && now.state !== 'stopped' && now.state !== 'failed') return []
  return [
    {
      kind: 'simulator',
      state: now.state === 'failed' ? 'bad' : 'info',
      title: `The simulator is ${now.state}`,
      ...(now.reason !== undefined && { detail: now.reason }),
    },
  ]
}

/** The parts of a pipeline that are kept. */
export const PARTS = {
  simulator: { name: 'simulator', sampleOf: simulatorSample, eventsOf: simulatorEvents },
  stream: { name: 'stream', sampleOf: streamSample, eventsOf: streamEvents },
  lag: { name: 'lag', sampleOf: lagSample, eventsOf: lagEvents },
  jobs: { name: 'jobs', sampleOf: jobsSample, eventsOf: jobsEvents },
} as const
