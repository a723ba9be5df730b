import type { Series } from '../../shared/features/history.ts'
import type { Lag } from '../../shared/features/lag.ts'
import { inRecords } from '../../shared/job/progress.ts'
import type { Band, Line, Points } from '../ui/chart/chart-points.ts'
import type { Known, LiveParts } from './parts.ts'

/** What was behind when a batch had committed, and just before: the least and the most between two commits. */
interface LagSample {
  atCommitRecords?: number
  beforeCommitRecords?: number
  /** The least of `atCommitRecords`, where a sample stands for a longer while. */
  leastAtCommitRecords?: number
  behindMs?: number
}
/** One moment of the pipeline, for the charts. Absent where a part did not answer. Rates are records per second. */
export interface Sample extends LagSample {
  atMs: number
  sentPerSecond?: number
  acceptedPerSecond?: number
  throttledPerSecond?: number
  retriedPerSecond?: number
  readPerSecond?: number
  partitions: Record<string, PartitionSample>
}
export interface PartitionSample extends LagSample {
  /** Since the partition was made. */
  receivedRecords?: number
  receivedBytes?: number
}

/**
 * Older than this, a value says nothing about now: what is idle is polled every 15 seconds, the first time after up to
 * 19, and shown up to three later.
 */
const FRESH_MS = 32_000
/**
 * The rate of a batch that was committed longer ago is not the rate of now: triggers of two seconds, a commit, and a
 * little.
 */
const RATE_FRESH_MS = 6_500

/** What all parts say now. */
export function sampleOf(parts: LiveParts, atMs: number): Sample {
  const fresh = <T>({ value, receivedMs }: Known<T>) =>
    receivedMs !== undefined && atMs - receivedMs < FRESH_MS ? value : undefined
  const sending = fresh(parts.simulator)?.rates
  const behind = fresh(parts.lag)
  const stream = fresh(parts.stream)
  const jobs = fresh(parts.jobs)
  const progress = jobs?.clusters.some(cluster => cluster.steps.some(step => step.state === 'RUNNING')) && jobs.progress
  const partitions: Sample['partitions'] = {}
  for (const partition of behind?.partitions ?? []) partitions[partition.partitionId] = lagSample(partition)
  for (const { id, received } of stream?.partitions ?? [])
    partitions[id] = { ...partitions[id], receivedRecords: received.records, receivedBytes: received.bytes }
  return {
    atMs,
    ...(sending && {
      sentPerSecond: sending.sentPerSecond,
      acceptedPerSecond: sending.acceptedPerSecond,
      throttledPerSecond: sending.throttledPerSecond,
      retriedPerSecond: sending.retriedPerSecond,
    }),
    ...(progress && {
      readPerSecond:
        atMs - Date.parse(progress.sluice.committedAt) < RATE_FRESH_MS
          ? inRecords(progress.inputRowsPerSecond, progress)
          : 0,
    }),
    ...(behind && lagSample(behind.total)),
    partitions,
  }
}

const lagSample = ({
  atCommitRecords,
  beforeCommitRecords,
  behindMs,
}: Pick<Lag['total'], 'atCommitRecords' | 'beforeCommitRecords' | 'behindMs'>): LagSample => ({
  ...(atCommitRecords !== null && { atCommitRecords }),
  ...(beforeCommitRecords !== null && { beforeCommitRecords }),
  ...(behindMs !== null && { behindMs }),
})

const MEMBERS: Record<string, Exclude<keyof Sample, 'atMs' | 'partitions'>> = {
  'simulator/sent': 'sentPerSecond',
  'simulator/accepted': 'acceptedPerSecond',
  'simulator/throttled': 'throttledPerSecond',
  'simulator/retried': 'retriedPerSecond',
  'job/read': 'readPerSecond',
  'lag/atCommitRecords': 'atCommitRecords',
  'lag/atCommitRecords/least': 'leastAtCommitRecords',
  'lag/beforeCommitRecords': 'beforeCommitRecords',
  'lag/behindMs': 'behindMs',
}
const PARTITION_SERIES = /^partition\/([^/]+)\/(.+)$/
const PARTITION_MEMBERS: Record<string, keyof PartitionSample> = {
  atCommitRecords: 'atCommitRecords',
  'atCommitRecords/least': 'leastAtCommitRecords',
  beforeCommitRecords: 'beforeCommitRecords',
  behindMs: 'behindMs',
  receivedRecords: 'receivedRecords',
  receivedBytes: 'receivedBytes',
}

/**
 * One value of the samples as points to draw. Where it was not known there is none: a longer while without any breaks
 * the line.
 */
export const pointsOf = (samples: readonly Sample[], of: (sample: Sample) => number | undefined): Points =>
  samples.flatMap((sample): Points => {
    const value = of(sample)
    return value === undefined ? [] : [[sample.atMs, value]]
  })

/** The lag in records of the stream or of a partition, as it stood at each commit; with all between two commits. */
export function lagPoints(
  samples: readonly Sample[],
  of: (sample: Sample) => LagSample | undefined,
): Required<Pick<Line, 'points' | 'band'>> {
  const points: Points = []
  const band: Band = []
  for (const sample of samples) {
    const { atCommitRecords, beforeCommitRecords, leastAtCommitRecords } = of(sample) ?? {}
    if (atCommitRecords === undefined) continue
    points.push([sample.atMs, atCommitRecords])
    band.push([sample.atMs, leastAtCommitRecords ?? atCommitRecords, beforeCommitRecords ?? atCommitRecords])
  }
  return { points, band }
}

/** Refusals are drawn once there were any: a red line at nothing says nothing. */
export const throttledLine = (samples: readonly Sample[]): Line[] =>
  samples.some(sample => (sample.throttledPerSecond ?? 0) > 0)
    ? [{ name: 'throttled', emphasis: 'bad', points: pointsOf(samples, sample => sample.throttledPerSecond) }]
    : []

/** Series of the history as samples, in the order of time. */
export function samplesOf(series: readonly Series[]): Sample[] {
  const byTime = new Map<number, Sample>()
  for (const { name, points } of series) {
    const [, partition, member] = PARTITION_SERIES.exec(name) ?? []
    for (const [atMs, value] of points) {
      const sample = byTime.get(atMs) ?? { atMs, partitions: {} }
      byTime.set(atMs, sample)
      const known = MEMBERS[name]
      if (known) sample[known] = value
      else if (partition && PARTITION_MEMBERS[member ?? '']) {
        sample.partitions[partition] ??= {}
        sample.partitions[partition][PARTITION_MEMBERS[member ?? ''] as keyof PartitionSample] = value
      }
    }
  }
  return [...byTime.values()].sort((a, b) => a.atMs - b.atMs)
}
