import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  DamagedState,
  isAside,
  moveAside,
  reportDamage,
  type StateCare,
  strictCare,
} from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { ageingTime, steadyTime } from '../../../shared/time/times.ts'
import { AwsError } from '../server/aws-error.ts'
import { type CallCounters, openCallCounters } from './call-counters.ts'
import { trimStream } from './retention.ts'
import { openShard, type Shard, type Stream, StreamRecord, shardIdOf, sortOpen, toRecord } from './stream.ts'

export interface KinesisOptions {
  dir: string
  account: string
  region: string
  now: () => number
  /** Measures intervals; `now` when it is left out. */
  monotonic?: () => number
  /** Whether shards have their throughput limits. */
  limits: boolean
  /** How long CREATING, UPDATING and DELETING take. */
  stateDelayMs: number
  log: (line: string) => void
  /** What is done about damaged state; refuses it when nothing is said. */
  care?: StateCare
}

/** The streams of the account. Everything that is answered as done is on disk. */
export interface KinesisState {
  options: KinesisOptions
  /** For limits and ages: never goes back. */
  monotonic: () => number
  /** For the age of tokens. */
  steady: () => number
  /** What retention counts from: a clock that is set forward removes nothing. */
  ageing: () => number
  care: StateCare
  streams: Map<string, Stream>
  calls: CallCounters
  /** Writes a stream's description; its records are in its logs. */
  save(stream: Stream): void
  create(stream: Omit<Stream, 'dir' | 'shards' | 'open'>): Stream
  /** Adds an open shard that takes a range over. */
  addShard(
    stream: Stream,
    range: { start: bigint; end: bigint },
    parents: { parent?: string; adjacentParent?: string },
  ): Shard
  /** Puts a stream into a state for the delay, then to ACTIVE (or away, after DELETING). */
  settle(stream: Stream, through: 'CREATING' | 'UPDATING' | 'DELETING'): void
  close(): void
}

const DESCRIPTION = 'stream.json'
const CALLS = 'calls.jsonl'
const TRIM_EVERY_MS = 60_000
const FLUSH_EVERY_MS = 1_000
const RETRY_MS = 1_000
/** What a stream's folder is called while it is removed: no stream's name ends so. */
const REMOVED = '.removed'
/**
 * What it is called until it has this file, which says until the stream is saved that it was never acknowledged: a kill
 * then leaves what is removed.
 */
const MAKING = '.making'
const UNSAVED = 'unsaved'
/** The folder of a stream: its name and when it was made, epoch ms. */
const FOLDER = /^[a-zA-Z0-9_.-]{1,128}\.\d+$/
const isLeft = (name: string): boolean =>
  [REMOVED, MAKING].some(end => name.endsWith(end) && FOLDER.test(name.slice(0, -end.length)))

export function openState(options: KinesisOptions): KinesisState {
  const care = options.care ?? strictCare(options.now, options.log)
  mkdirSync(options.dir, { recursive: true })
  const streams = new Map<string, Stream>()
  const timers = new Set<NodeJS.Timeout>()
  /** What the disk does not take now is tried again, so that a stream does not stay between two states. */
  const later = (run: () => void, delayMs: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (!guarded(run)) later(run, RETRY_MS)
    }, delayMs)
    timers.add(timer)
  }
  /** Runs what nobody waits for. Returns false when the disk did not take it. */
  const guarded = (run: () => void): boolean => {
    try {
      run()
      return true
    } catch (error) {
      if (care.trouble(error) !== undefined) return false
      options.log(`error: kinesis: ${error instanceof Error ? error.stack : String(error)}`)
      return true
    }
  }

  /** What is on disk of each stream. */
  const saved = new Map<Stream, string>()
  /** What the disk did not take has not happened: the request fails, and can be retried. */
  function restore(stream: Stream): void {
    const text = saved.get(stream)
    if (text === undefined) {
      streams.delete(stream.name)
      for (const shard of stream.shards) shard.log.close()
      rmSync(stream.dir, { recursive: true, force: true })
      return
    }
    const { shards, ...record } = StreamRecord.parse(JSON.parse(text))
    const known = new Map(stream.shards.map(shard => [shard.id, shard]))
    const kept = shards.map(before => {
      const shard = known.get(before.id) ?? openShard(stream.dir, before, options.limits, care)
      const { closedMs: _, ...open } = shard
      known.delete(before.id)
      return Object.assign(shard, { closedMs: undefined }, open, before)
    })
    for (const added of known.values()) added.log.close()
    Object.assign(stream, record, { shards: kept, open: sortOpen(kept) })
  }

  const times = { now: options.now, monotonic: options.monotonic ?? options.now }
  const state: KinesisState = {
    options,
    monotonic: times.monotonic,
    steady: steadyTime(times),
    ageing: ageingTime(times),
    care,
    streams,
    calls: openCallCounters(join(options.dir, CALLS), options.now, care),
    save(stream) {
      const record = toRecord(stream)
      try {
        writeJsonFile(join(stream.dir, DESCRIPTION), record)
      } catch (error) {
        restore(stream)
        throw error
      }
      if (!saved.has(stream)) rmSync(join(stream.dir, UNSAVED), { force: true })
      saved.set(stream, JSON.stringify(record))
    },
    create(description) {
      const dir = join(options.dir, `${description.name}.${description.createdMs}`)
      const making = `${dir}${MAKING}`
      mkdirSync(making, { recursive: true })
      writeFileSync(join(making, UNSAVED), '')
      renameSync(making, dir)
      const stream: Stream = { ...description, dir, shards: [], open: [] }
      streams.set(stream.name, stream)
      return stream
    },
    addShard(stream, range, parents) {
      const number = stream.nextShardNumber++
      // Its sequence numbers begin with this time and must be above its parents' even when the clock was set back.
      const createdMs = Math.max(options.now(), ...stream.shards.map(shard => shard.createdMs))
      const record = { id: shardIdOf(number), number, createdMs, ...range, ...parents, firstPlace: 0 }
      const shard = openShard(stream.dir, record, options.limits, care)
      stream.shards.push(shard)
      stream.open = sortOpen(stream.shards)
      return shard
    },
    settle(stream, through) {
      stream.status = through
      state.save(stream)
      later(() => {
        // A stream may be deleted while it is made or changed: then only the deletion is still to be finished.
        if (stream.status === through) finish(stream, through)
      }, options.stateDelayMs)
    },
    close() {
      clearInterval(trimming)
      clearInterval(flushing)
      guarded(() => state.calls.flush())
      for (const timer of timers) clearTimeout(timer)
      for (const stream of streams.values()) for (const shard of stream.shards) shard.log.close()
    },
  }

  function finish(stream: Stream, through: 'CREATING' | 'UPDATING' | 'DELETING'): void {
    if (through !== 'DELETING') {
      stream.status = 'ACTIVE'
      state.save(stream)
      return
    }
    // First its name: a kill in between leaves a folder that is removed on opening.
    const removed = `${stream.dir}${REMOVED}`
    renameSync(stream.dir, removed)
    streams.delete(stream.name)
    saved.delete(stream)
    for (const shard of stream.shards) shard.log.close()
    rmSync(removed, { recursive: true, force: true })
  }

  const trimming = setInterval(() => {
    for (const stream of streams.values()) guarded(() => trimStream(stream, state.ageing(), () => state.save(stream)))
  }, TRIM_EVERY_MS)
  trimming.unref()
  const flushing = setInterval(() => guarded(() => state.calls.flush()), FLUSH_EVERY_MS)
  flushing.unref()

  for (const entry of readdirSync(options.dir, { withFileTypes: true })) {
    const dir = join(options.dir, entry.name)
    if (isAside(entry.name) || entry.name.startsWith(CALLS)) continue
    if (isLeft(entry.name) || neverWas(dir)) {
      rmSync(dir, { recursive: true, force: true })
      continue
    }
    if (!entry.isDirectory() || !(FOLDER.test(entry.name) || existsSync(join(dir, DESCRIPTION)))) {
      options.log(`kinesis: ${dir} is no stream, and is left alone`)
      continue
    }
    const found = readStream(dir, care)
    if (!found) continue
    const { shards, ...record } = found
    rmSync(join(dir, UNSAVED), { force: true })
    // A kill came while retention removed a shard: it is counted and forgotten, its files are not.
    const left = readdirSync(dir).filter(
      file => /\.jsonl(\.sums)?$/.test(file) && !shards.some(shard => file.startsWith(`${shard.id}.`)),
    )
    for (const file of left) moveAside(join(dir, file), care.now())
    if (left.length > 0)
      options.log(`kinesis: ${left.length} files of ${dir} belong to no shard of ${record.name} and are moved aside`)
    const opened = shards.map(shard => openShard(dir, shard, options.limits, care))
    const stream: Stream = { ...record, dir, shards: opened, open: sortOpen(opened) }
    streams.set(stream.name, stream)
    saved.set(stream, JSON.stringify(toRecord(stream)))
    if (stream.status !== 'ACTIVE') state.settle(stream, stream.status)
  }
  return state
}

/** Whether a kill came between a folder and its description: the stream was never acknowledged, and has no records. */
const neverWas = (dir: string): boolean =>
  existsSync(join(dir, UNSAVED)) &&
  !existsSync(join(dir, DESCRIPTION)) &&
  !readdirSync(dir).some(name => name.includes('.jsonl') || isAside(name))

/**
 * The description of a stream; undefined when it is damaged, and its folder is moved aside because that was asked for.
 */
function readStream(dir: string, care: StateCare): StreamRecord | undefined {
  const file = join(dir, DESCRIPTION)
  const lost = 'the stream: its name, shards and settings, without which its records cannot be read'
  if (!existsSync(file) && !care.repairs) throw new DamagedState({ file, what: 'it is missing', lost })
  const record = readJsonFile(file, { schema: StreamRecord, care, lost, canGoOn: false })
  if (!record) reportDamage({ file: dir, what: 'it has no description', lost }, care, moveAside(dir, care.now()))
  return record
}

/** The ARN of a stream of this account. */
export const arnOf = ({ options }: KinesisState, name: string): string =>
  `arn:aws:kinesis:${options.region}:${options.account}:stream/${name}`

/** How a request names a stream. */
export interface StreamReference {
  StreamName?: string | undefined
  StreamARN?: string | undefined
}

/**
 * The stream that a request means, by name, by ARN or by both.
 * @throws AwsError `InvalidArgumentException`, `ResourceNotFoundException`
 */
export function findStream(state: KinesisState, reference: StreamReference): Stream {
  const byArn =
    reference.StreamARN === undefined
      ? undefined
      : /^arn:aws[^:]*:kinesis:[^:]*:\d*:stream\/([^/]+)$/.exec(reference.StreamARN)?.[1]
  if (reference.StreamARN !== undefined && !byArn) {
    throw new AwsError('InvalidArgumentException', `Invalid StreamARN: ${reference.StreamARN}`)
  }
  const name = reference.StreamName ?? byArn
  if (name === undefined)
    throw new AwsError('InvalidArgumentException', 'Either StreamName or StreamARN must be specified.')
  if (byArn !== undefined && byArn !== name)
    throw new AwsError('InvalidArgumentException', 'StreamName and StreamARN name different streams.')
  const stream = state.streams.get(name)
  if (stream) return stream
  throw new AwsError('ResourceNotFoundException', `Stream ${name} under account ${state.options.account} not found.`)
}

/** @throws AwsError `ResourceInUseException` unless the stream is ACTIVE */
export function requireActive(state: KinesisState, stream: Stream): void {
  if (stream.status === 'ACTIVE') return
  throw new AwsError(
    'ResourceInUseException',
    `Stream ${stream.name} under account ${state.options.account} not ACTIVE, instead in state ${stream.status}`,
  )
}

/**
 * @throws AwsError `ResourceNotFoundException` while the stream is made or removed: it takes and gives no records then
 */
export function requireReadable(state: KinesisState, stream: Stream): void {
  if (stream.status !== 'CREATING' && stream.status !== 'DELETING') return
  throw new AwsError(
    'ResourceNotFoundException',
    `Stream ${stream.name} under account ${state.options.account} not found.`,
  )
}

/** The shard of a stream by its id. @throws AwsError `ResourceNotFoundException` */
export function findShard(state: KinesisState, stream: Stream, shardId: string): Shard {
  const shard = stream.shards.find(entry => entry.id === shardId)
  if (shard) return shard
  throw new AwsError(
    'ResourceNotFoundException',
    `Could not find shard ${shardId} in stream ${stream.name} under account ${state.options.account}.`,
  )
}
