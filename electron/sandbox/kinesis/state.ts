import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type StateCare, strictCare } from '../../../shared/state/damage.ts'
import { ageingTime, steadyTime } from '../../../shared/time/times.ts'
import { AwsError } from '../server/aws-error.ts'
import { type CallCounters, openCallCounters } from './call-counters.ts'
import { trimStream } from './retention.ts'
import { createSavedStreams } from './saved-streams.ts'
import { openShard, type Shard, type Stream, shardIdOf, sortOpen } from './stream.ts'
import { CALLS, loadStreams, makeFolder, removeFolder } from './stream-folders.ts'

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

const TRIM_EVERY_MS = 60_000
const FLUSH_EVERY_MS = 1_000
const RETRY_MS = 1_000

export function openState(options: KinesisOptions): KinesisState {
  const care = options.care ?? strictCare(options.now, options.log)
  mkdirSync(options.dir, { recursive: true })
  const streams = new Map<string, Stream>()
  const background = createBackground(care, options.log)
  const saved = createSavedStreams(streams, { limits: options.limits, care })
  const times = { now: options.now, monotonic: options.monotonic ?? options.now }
  const state: KinesisState = {
    options,
    monotonic: times.monotonic,
    steady: steadyTime(times),
    ageing: ageingTime(times),
    care,
    streams,
    calls: openCallCounters(join(options.dir, CALLS), options.now, care),
    save: saved.save,
    create(description) {
      const dir = join(options.dir, `${description.name}.${description.createdMs}`)
      makeFolder(dir)
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
      background.later(() => {
        // A stream may be deleted while it is made or changed: then only the deletion is still to be finished.
        if (stream.status === through) finish(stream, through)
      }, options.stateDelayMs)
    },
    close() {
      background.close()
      background.guarded(() => state.calls.flush())
      for (const stream of streams.values()) for (const shard of stream.shards) shard.log.close()
    },
  }

  function finish(stream: Stream, through: 'CREATING' | 'UPDATING' | 'DELETING'): void {
    if (through !== 'DELETING') {
      stream.status = 'ACTIVE'
      state.save(stream)
      return
    }
    removeFolder(stream.dir, () => {
      streams.delete(stream.name)
      saved.forget(stream)
      for (const shard of stream.shards) shard.log.close()
    })
  }

  background.every(TRIM_EVERY_MS, () => {
    for (const stream of streams.values())
      background.guarded(() => trimStream(stream, state.ageing(), () => state.save(stream)))
  })
  background.every(FLUSH_EVERY_MS, () => background.guarded(() => state.calls.flush()))

  for (const stream of loadStreams(options, care)) {
    streams.set(stream.name, stream)
    saved.loaded(stream)
    if (stream.status !== 'ACTIVE') state.settle(stream, stream.status)
  }
  return state
}

/** What happens by itself. */
function createBackground(care: StateCare, log: (line: string) => void) {
  const timers = new Set<NodeJS.Timeout>()
  /** Runs what nobody waits for. Returns false when the disk did not take it. */
  function guarded(run: () => void): boolean {
    try {
      run()
      return true
    } catch (error) {
      if (care.trouble(error) !== undefined) return false
      log(`error: kinesis: ${error instanceof Error ? error.stack : String(error)}`)
      return true
    }
  }
  /** What the disk does not take now is tried again, so that a stream does not stay between two states. */
  function later(run: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (!guarded(run)) later(run, RETRY_MS)
    }, delayMs)
    timers.add(timer)
  }
  return {
    guarded,
    later,
    every(ms: number, run: () => void): void {
      const timer = setInterval(run, ms)
      timer.unref()
      timers.add(timer)
    },
    close(): void {
      for (const timer of timers) clearTimeout(timer)
    },
  }
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
