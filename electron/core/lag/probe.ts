import type { ConsumerPosition, Probe, ProbedPartition } from '../../../shared/features/other-consumer.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { readCheckpointAt } from '../query-state/committed-checkpoint.ts'
import { askedOffset } from '../sources/asked-offset.ts'
import { budgetedRead } from '../sources/budgeted-read.ts'
import { budgetPlace, type ReadBudget } from '../sources/read-budget.ts'
import type { Cursor, Position, StreamSource } from '../sources/source.ts'

/** So many partitions are read at once. */
const AT_ONCE = 4
/** A cursor is good for five minutes (Kinesis, API reference, GetShardIterator); it is asked for again before. */
const CURSOR_HOLDS_MS = 240_000

interface Asked {
  position: ConsumerPosition
  everyMs: number
  agreed: boolean
}
/** Where the consumer stands on one partition. */
interface Place {
  partition: string
  position: Position
}

/**
 * The lag at a consumer's position, as a reader would have it that stood there: of each partition one record is read,
 * again and again, within the budget that the record viewer shares.
 * @throws ExpectedError `conflict` on an AWS account that nobody agreed to be read from, `not_found` for a checkpoint
 * or a partition that is not there
 */
export async function* probes(
  context: PipelineContext,
  deps: { clock: Clock; budget: ReadBudget; source: StreamSource },
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<Probe> {
  const { clock, budget, source } = deps
  const { positions, limits, words } = source
  if (context.target.kind === 'aws' && !asked.agreed) {
    throw new ExpectedError({
      code: 'conflict',
      message:
        `A probe reads from the ${words.partitions} of ${source.name} on ${context.target.title}: up to one of the ` +
        `${limits.readsPerSecond} reads a second that each gives to all its readers.`,
      hint: 'Agree to it, and start it again.',
      retryable: false,
    })
  }
  const cursors = new Map<string, { cursor: Cursor; askedMs: number }>()
  let readBytes = 0

  async function probe({ partition, position }: Place): Promise<ProbedPartition> {
    const at = { partitionId: partition, position: positions.format(position) }
    if (position === positions.end) return ended(at, clock.now())
    const cursor = await cursorAt(partition, position)
    const place = budgetPlace(context, source, partition)
    const page = await budgetedRead(source, { budget, place }, { cursor, limit: 1 }, signal)
    const nowMs = clock.now()
    const record = page.records[0]
    readBytes += record ? record.data.length + Buffer.byteLength(record.key) : 0
    return {
      ...at,
      // A stretch of a partition may be empty though more comes behind it: then only the source knows how far that is.
      behindMs: record?.arrivedMs === undefined ? page.behindMs : Math.max(0, nowMs - record.arrivedMs),
      millisBehindLatest: page.behindMs,
      oldestUnreadAt: record?.arrivedMs === undefined ? null : new Date(record.arrivedMs).toISOString(),
      ended: !record && page.next === undefined,
      at: new Date(nowMs).toISOString(),
    }
  }

  /** The cursor stays where it is: every probe reads the same place again. */
  async function cursorAt(partition: string, position: Position): Promise<Cursor> {
    const key = `${partition}/${positions.format(position)}`
    const known = cursors.get(key)
    if (known && clock.monotonic() - known.askedMs < CURSOR_HOLDS_MS) return known.cursor
    const cursor = await source.open(partition, { kind: 'position', position }, signal)
    for (const stale of [...cursors.keys()].filter(entry => entry.startsWith(`${partition}/`))) cursors.delete(stale)
    cursors.set(key, { cursor, askedMs: clock.monotonic() })
    return cursor
  }

  while (!signal.aborted) {
    const places = await placesOf(context, source, asked.position, signal)
    const partitions: ProbedPartition[] = []
    const failed: Probe['failed'] = []
    for (let first = 0; first < places.length; first += AT_ONCE) {
      const some = places.slice(first, first + AT_ONCE)
      const results = await Promise.allSettled(some.map(probe))
      signal.throwIfAborted()
      results.forEach((result, index) => {
        if (result.status === 'fulfilled') partitions.push(result.value)
        else failed.push({ partitionId: some[index]?.partition ?? '', message: (result.reason as Error).message })
      })
    }
    const reads = Math.max(0, ...places.map(({ partition }) => budget.taken(budgetPlace(context, source, partition))))
    const at = new Date(clock.now()).toISOString()
    yield {
      at,
      partitions,
      failed,
      behindMs: partitions.length > 0 ? Math.max(...partitions.map(partition => partition.behindMs)) : null,
      cost: { readsLastMinute: reads, shareOfReads: reads / (60 * limits.readsPerSecond), readBytes },
      source: { name: `probe: ${words.calls.read} of one record at the position`, estimated: false, at },
    }
    await clock.sleep(asked.everyMs, signal)
  }
}

const ended = (place: Pick<ProbedPartition, 'partitionId' | 'position'>, atMs: number): ProbedPartition => ({
  ...place,
  behindMs: 0,
  millisBehindLatest: 0,
  oldestUnreadAt: null,
  ended: true,
  at: new Date(atMs).toISOString(),
})

/** Where the consumer stands, on every partition that it may still have to read of. */
async function placesOf(
  context: PipelineContext,
  source: StreamSource,
  asked: ConsumerPosition,
  signal: AbortSignal,
): Promise<Place[]> {
  const { positions } = source
  if (asked.kind === 'offset')
    return [{ partition: asked.partitionId, position: positions.parse(askedOffset(source, asked.offset)) }]
  const partitions = (await source.state(signal)).partitions.map(({ id }) => id)
  if (asked.kind === 'time')
    return partitions.map(partition => ({ partition, position: positions.at(Date.parse(asked.at)) }))
  const checkpoint = await otherCheckpoint(context, asked.folder, signal)
  // A partition that the checkpoint does not know is one that it has not begun: a child whose parents it still reads.
  return partitions.map(partition => {
    const known = checkpoint[partition]
    return { partition, position: known ? positions.parse(known.position) : positions.oldest }
  })
}

async function otherCheckpoint(context: PipelineContext, folder: string, signal: AbortSignal) {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(folder) ?? []
  const found = await readCheckpointAt(context.aws, bucket, prefix.endsWith('/') ? prefix : `${prefix}/`, signal)
  if (found) return found.offset
  throw new ExpectedError({
    code: 'not_found',
    message: `There is no committed batch below ${folder}.`,
    hint: 'Name the folder that holds "offsets" and "commits".',
    retryable: true,
  })
}
