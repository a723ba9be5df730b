import { z } from 'zod'
import type { StateCare } from '../../../shared/state/damage.ts'
import { openLineLog } from '../../../shared/state/line-log.ts'

/** What calls did, a minute at a time. */
export type CallMetric =
  | 'PutRecord.Success'
  | 'PutRecord.Bytes'
  | 'PutRecords.Success'
  | 'PutRecords.Bytes'
  | 'PutRecords.TotalRecords'
  | 'PutRecords.SuccessfulRecords'
  | 'PutRecords.ThrottledRecords'
  | 'GetRecords.Records'
  | 'GetRecords.Bytes'
  | 'GetRecords.Success'
  | 'IteratorAgeMilliseconds'
  | 'WriteProvisionedThroughputExceeded'
  | 'ReadProvisionedThroughputExceeded'

export interface Statistic {
  minuteMs: number
  sum: number
  count: number
  max: number
  min: number
}

/** The counts of calls. What records were received is counted off the logs instead, which lose nothing. */
export interface CallCounters {
  /** Counts a value for the stream, and for the shard if one is named: a call of several shards is counted without. */
  add(stream: string, shardId: string | undefined, metric: CallMetric, value: number): void
  /** The minutes in which a metric had a value, oldest first; of all shards together when none is named. */
  read(stream: string, shardId: string | undefined, metric: CallMetric): Statistic[]
  /** Writes what changed since the last time. A kill loses what was counted after it. */
  flush(): void
}

/** A day of minutes is kept. */
const KEPT_MINUTES = 1_440
const MINUTE_MS = 60_000
/** The file is rewritten, with what is kept, when it grew by this much. */
const REWRITE_AFTER_BYTES = 8 * 1024 * 1024
const Line = z.tuple([z.string(), z.number(), z.number(), z.number(), z.number(), z.number()])

/** Opens the counts of a file: a line for each change of a minute of a series, of which the last holds. */
export function openCallCounters(file: string, now: () => number, care: StateCare): CallCounters {
  const series = new Map<string, Statistic[]>()
  const changed = new Map<Statistic, string>()
  const { log, entries } = openLineLog(file, {
    schema: Line,
    care,
    lost: 'counts of calls in CloudWatch',
    canGoOn: true,
  })
  for (const [key, minuteMs, sum, count, max, min] of entries)
    Object.assign(minuteOf(key, minuteMs), { sum, count, max, min })
  let rewrittenBytes = 0
  rewrite()

  function rewrite(): void {
    const oldestMs = now() - KEPT_MINUTES * MINUTE_MS
    for (const [key, minutes] of series) {
      const kept = minutes.filter(minute => minute.minuteMs >= oldestMs)
      if (kept.length > 0) series.set(key, kept)
      else series.delete(key)
    }
    log.rewrite([...series].flatMap(([key, minutes]) => minutes.map(minute => toLine(key, minute))))
    rewrittenBytes = log.sizeBytes()
  }

  /** The minute of a series; a new one when there is none yet. */
  function minuteOf(key: string, minuteMs: number): Statistic {
    const minutes = series.get(key) ?? []
    series.set(key, minutes)
    // Nearly always the last one; not when the clock was set back, and what follows belongs among the minutes that
    // were.
    const before = minutes.findLastIndex(entry => entry.minuteMs <= minuteMs)
    const known = minutes[before]
    if (known?.minuteMs === minuteMs) return known
    const minute = { minuteMs, sum: 0, count: 0, max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY }
    minutes.splice(before + 1, 0, minute)
    if (minutes.length > KEPT_MINUTES) minutes.shift()
    return minute
  }

  function addTo(key: string, value: number, minuteMs: number): void {
    const minute = minuteOf(key, minuteMs)
    minute.sum += value
    minute.count++
    minute.max = Math.max(minute.max, value)
    minute.min = Math.min(minute.min, value)
    changed.set(minute, key)
  }

  return {
    add(stream, shardId, metric, value) {
      const minuteMs = Math.floor(now() / MINUTE_MS) * MINUTE_MS
      addTo(`${stream}//${metric}`, value, minuteMs)
      if (shardId !== undefined) addTo(`${stream}/${shardId}/${metric}`, value, minuteMs)
    },
    read: (stream, shardId, metric) => series.get(`${stream}/${shardId ?? ''}/${metric}`) ?? [],
    flush() {
      if (changed.size === 0) return
      if (log.sizeBytes() - rewrittenBytes > REWRITE_AFTER_BYTES) rewrite()
      // What the disk does not take stays changed, and is written the next time.
      else log.append(...[...changed].map(([minute, key]) => toLine(key, minute)))
      changed.clear()
    },
  }
}

const toLine = (key: string, { minuteMs, sum, count, max, min }: Statistic): z.input<typeof Line> => [
  key,
  minuteMs,
  sum,
  count,
  max,
  min,
]
