import type { Series } from '../../shared/features/history.ts'
import type { Line, Points } from '../ui/chart-points.ts'
import type { Known, LiveParts } from './parts.ts'

/** One moment of the pipeline, for the charts. Absent where a part did not answer. Rates are records per second. */
export interface Sample {
  atMs: number
  sentPerSecond?: number
  acceptedPerSecond?: number
  throttledPerSecond?: number
  retriedPerSecond?: number
  readPerSecond?: number
  behindRecords?: number
  behindMs?: number
  shards: Record<string, ShardSample>
}
export interface ShardSample {
  behindRecords?: number
  behindMs?: number
  /** Since the shard was made. */
  receivedRecords?: number
  receivedBytes?: number
}

/**
 * Older than this, a value says nothing about now: what rests is asked for every 15 seconds, the first time after up to
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
  const sending = parts.simulator.value?.rates
  const behind = fresh(parts.lag)
  const stream = fresh(parts.stream)
  const jobs = fresh(parts.jobs)
  const progress = jobs?.clusters.some(cluster => cluster.steps.some(step => step.state === 'RUNNING')) && jobs.progress
  const shards: Sample['shards'] = {}
  for (const { shardId, behindRecords, behindMs } of behind?.shards ?? [])
    shards[shardId] = { ...(behindRecords !== null && { behindRecords }), ...(behindMs !== null && { behindMs }) }
  for (const { id, received } of stream?.shards ?? [])
    shards[id] = { ...shards[id], receivedRecords: received.records, receivedBytes: received.bytes }
  return {
    atMs,
    ...(sending && {
      sentPerSecond: sending.sentPerSecond,
      acceptedPerSecond: sending.acceptedPerSecond,
      throttledPerSecond: sending.throttledPerSecond,
      retriedPerSecond: sending.retriedPerSecond,
    }),
    ...(progress && {
      readPerSecond: atMs - Date.parse(progress.sluice.committedAt) < RATE_FRESH_MS ? progress.inputRowsPerSecond : 0,
    }),
    ...(behind && {
      ...(behind.total.behindRecords !== null && { behindRecords: behind.total.behindRecords }),
      ...(behind.total.behindMs !== null && { behindMs: behind.total.behindMs }),
    }),
    shards,
  }
}

const MEMBERS: Record<string, Exclude<keyof Sample, 'atMs' | 'shards'>> = {
  'simulator/sent': 'sentPerSecond',
  'simulator/accepted': 'acceptedPerSecond',
  'simulator/throttled': 'throttledPerSecond',
  'simulator/retried': 'retriedPerSecond',
  'job/read': 'readPerSecond',
  'lag/behindRecords': 'behindRecords',
  'lag/behindMs': 'behindMs',
}
const SHARD_SERIES = /^shard\/([^/]+)\/(behindRecords|behindMs|receivedRecords|receivedBytes)$/

/** Looks that are drawn as one point of what waits. */
const LOOKS = 5
/** Older ones say nothing about the same moment: an idle query is looked at every 15 seconds or so. */
const LOOKS_WITHIN_MS = 17_000

/**
 * One value of the samples as points to draw. Where it was not known there is none: a longer while without any breaks
 * the line.
 */
export const pointsOf = (samples: readonly Sample[], of: (sample: Sample) => number | undefined): Points =>
  samples.flatMap((sample): Points => {
    const value = of(sample)
    return value === undefined ? [] : [[sample.atMs, value]]
  })

type Value = (sample: Sample) => number | undefined

/**
 * What waits, as points to draw: the mean of the last five looks. Between two commits it rises by all that arrives, so
 * one look says more about when it was taken than about the query.
 */
export const waitingPoints = (samples: readonly Sample[], of: Value): Points => createWaitingPoints(of)(samples)

/**
 * `waitingPoints` of samples that come at their end and leave at their beginning: of those that it was given before,
 * nothing is done again.
 */
export function createWaitingPoints(of: Value): (samples: readonly Sample[]) => Points {
  let known: readonly Sample[] = []
  let points: Points = []
  let recent: { atMs: number; value: number }[] = []
  return samples => {
    const from = continuesAt(known, samples)
    if (from === 0) recent = []
    const kept = from === 0 ? [] : points.slice(points.findLastIndex(([atMs]) => atMs < (samples[0]?.atMs ?? 0)) + 1)
    points = [...kept, ...pointsOf(samples.slice(from), of).map(meanOfLooks)]
    known = samples
    return points
  }

  function meanOfLooks([atMs, value]: Points[number]): Points[number] {
    recent.push({ atMs, value: value ?? 0 })
    while (recent.length > LOOKS || atMs - (recent[0]?.atMs ?? atMs) > LOOKS_WITHIN_MS) recent.shift()
    return [atMs, recent.reduce((sum, look) => sum + look.value, 0) / recent.length]
  }
}

/**
 * How many samples at the beginning of `samples` are those that `known` ends with; 0 when they do not go on where it
 * ended.
 */
function continuesAt(known: readonly Sample[], samples: readonly Sample[]): number {
  const last = known.at(-1)
  const from = last ? samples.lastIndexOf(last) + 1 : 0
  return from > 0 && known[known.length - from] === samples[0] ? from : 0
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
    const [, shard, member] = SHARD_SERIES.exec(name) ?? []
    for (const [atMs, value] of points) {
      const sample = byTime.get(atMs) ?? { atMs, shards: {} }
      byTime.set(atMs, sample)
      const known = MEMBERS[name]
      if (known) sample[known] = value
      else if (shard && member) {
        sample.shards[shard] ??= {}
        sample.shards[shard][member as keyof ShardSample] = value
      }
    }
  }
  return [...byTime.values()].sort((a, b) => a.atMs - b.atMs)
}
