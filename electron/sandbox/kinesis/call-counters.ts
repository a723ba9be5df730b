/** What calls did, a minute at a time. Unlike the records' own counts these start afresh with the process. */
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

export interface CallCounters {
  /** Counts a value for the stream, and for the shard if one is named: a call of several shards is counted without. */
  add(stream: string, shardId: string | undefined, metric: CallMetric, value: number): void
  /** The minutes in which a metric had a value, oldest first; of all shards together when none is named. */
  read(stream: string, shardId: string | undefined, metric: CallMetric): Statistic[]
}

/** A day of minutes is kept. */
const KEPT_MINUTES = 1_440

export function callCounters(now: () => number): CallCounters {
  const series = new Map<string, Statistic[]>()
  function addTo(key: string, value: number, minuteMs: number): void {
    const minutes = series.get(key) ?? []
    series.set(key, minutes)
    const last = minutes.at(-1)
    if (last?.minuteMs === minuteMs) {
      last.sum += value
      last.count++
      last.max = Math.max(last.max, value)
      last.min = Math.min(last.min, value)
    } else {
      minutes.push({ minuteMs, sum: value, count: 1, max: value, min: value })
      if (minutes.length > KEPT_MINUTES) minutes.shift()
    }
  }
  return {
    add(stream, shardId, metric, value) {
      const minuteMs = Math.floor(now() / 60_000) * 60_000
      addTo(`${stream}//${metric}`, value, minuteMs)
      if (shardId !== undefined) addTo(`${stream}/${shardId}/${metric}`, value, minuteMs)
    },
    read: (stream, shardId, metric) => series.get(`${stream}/${shardId ?? ''}/${metric}`) ?? [],
  }
}
