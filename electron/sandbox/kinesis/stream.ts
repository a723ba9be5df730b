import { join } from 'node:path'
import { z } from 'zod'
import { DamagedState, type StateCare } from '../../../shared/state/damage.ts'
import { type HexKey, toHex } from './hash-space.ts'
import { sequencePrefix } from './sequence-number.ts'
import { openShardLog, type ShardLog } from './shard-log.ts'
import { type ShardThroughput, shardThroughput, unlimitedThroughput } from './throughput.ts'

const decimal = z.string().regex(/^\d+$/).transform(BigInt)

/** What is kept of a shard beside its records. */
export const ShardRecord = z.object({
  id: z.string(),
  number: z.int(),
  createdMs: z.number(),
  start: decimal,
  end: decimal,
  parent: z.string().optional(),
  adjacentParent: z.string().optional(),
  closedMs: z.number().optional(),
  /** Where what retention left begins: records before this place are removed and counted in the stream. */
  firstPlace: z.number().default(0),
})

export const STREAM_STATES = ['CREATING', 'ACTIVE', 'UPDATING', 'DELETING'] as const

/** What is kept of a stream on disk. */
export const StreamRecord = z.object({
  name: z.string(),
  createdMs: z.number(),
  status: z.enum(STREAM_STATES),
  mode: z.enum(['PROVISIONED', 'ON_DEMAND']),
  retentionHours: z.int(),
  /** How large one record may be, data and key. */
  maxRecordKiB: z.int().default(1024),
  encryption: z.object({ type: z.enum(['NONE', 'KMS']), keyId: z.string().optional() }),
  shardMetrics: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
  nextShardNumber: z.int(),
  /** What retention removed, by shard and minute of arrival: metrics still count it. */
  removed: z
    .array(z.object({ shardId: z.string(), minuteMs: z.number(), records: z.number(), sizeBytes: z.number() }))
    .default([]),
  shards: z.array(ShardRecord),
})
export type StreamRecord = z.output<typeof StreamRecord>

export type Shard = z.output<typeof ShardRecord> & {
  startHex: HexKey
  endHex: HexKey
  prefix: string
  log: ShardLog
  throughput: ShardThroughput
}

export interface Stream extends Omit<StreamRecord, 'shards'> {
  /** The folder of its shards. */
  dir: string
  shards: Shard[]
  /** The open shards by the start of their range. */
  open: Shard[]
}

/** A shard of the state with its log opened. */
export function openShard(dir: string, record: z.output<typeof ShardRecord>, limits: boolean, care: StateCare): Shard {
  const prefix = sequencePrefix(record.createdMs, record.number)
  const log = openShardLog(dir, record.id, prefix, care)
  if (log.first > record.firstPlace && !care.repairs)
    throw new DamagedState({
      file: join(dir, `${record.id}.*.jsonl`),
      what: `the first record that is there is ${log.first}, and ${record.firstPlace} should be`,
      lost: `the records of ${record.id} before it: a file is missing`,
    })
  log.dropBefore(record.firstPlace)
  return {
    ...record,
    startHex: toHex(record.start),
    endHex: toHex(record.end),
    prefix,
    log,
    throughput: limits ? shardThroughput() : unlimitedThroughput,
  }
}

/** What goes to disk: big numbers as decimal text. */
export function toRecord(stream: Stream): z.input<typeof StreamRecord> {
  const { dir: _, open: __, shards, ...kept } = stream
  return {
    ...kept,
    shards: shards.map(
      ({ log: _log, throughput: _throughput, startHex: _s, endHex: _e, prefix: _p, start, end, ...shard }) => ({
        ...shard,
        start: String(start),
        end: String(end),
      }),
    ),
  }
}

export const shardIdOf = (number: number): string => `shardId-${String(number).padStart(12, '0')}`

/** The open shard whose range holds a hash key. */
export function route(stream: Stream, key: HexKey): Shard {
  const { open } = stream
  let low = 0
  let high = open.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((open[middle] as Shard).startHex <= key) low = middle
    else high = middle - 1
  }
  return open[low] as Shard
}

export const sortOpen = (shards: readonly Shard[]): Shard[] =>
  shards.filter(shard => shard.closedMs === undefined).sort((a, b) => (a.startHex < b.startHex ? -1 : 1))

/** When a shard last received a record; when it was made, if it has none. */
export const newestArrival = ({ log, createdMs }: Shard): number =>
  log.end > log.first ? log.arrivalAt(log.end - 1) : createdMs
