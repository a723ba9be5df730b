import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { SentSample } from '../../../shared/features/simulator.ts'
import type { Moment, Trace, traceContract } from '../../../shared/features/trace.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { BatchProgress } from '../aws/batch-progress.ts'
import { runStatement } from '../aws/run-statement.ts'
import type { Clock, ContextOf, PipelineContext } from '../pipeline-context.ts'

const RECENT = 8

interface TraceDeps {
  contextOf: ContextOf
  clock: Clock
  batches: BatchProgress
  /** When sampled records were sent; the simulator keeps some of them, drawn evenly. */
  samples: (scope: PipelineScope, signal: AbortSignal) => Promise<SentSample[]>
}

/** One event's life, put together from the parts that each know a piece of it. */
export function createTraceService({ contextOf, clock, batches, samples }: TraceDeps): ServiceOf<typeof traceContract> {
  return {
    async find({ key, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const missing: string[] = []
      const row = await findRow(context, clock, key, signal)
      if (!row) missing.push(`no row of ${tableOf(context)} has this key: it waits, was put into quarantine, or was never sent`)
      const place = row && placeOf(row)
      const record = place && (await readRecord(context, place, signal))
      if (place && !record) missing.push('the stream no longer holds the record: it is older than its retention')
      const progress = place && (await batches.one(context, place.batchId, signal))
      if (place && !progress) missing.push(`batch ${place.batchId} left no progress`)
      const sample = place && (await samples(scope, signal)).find(entry => entry.sequenceNumber === place.sequenceNumber)
      if (place && !sample) missing.push('when it was sent: the simulator keeps that of some records only, drawn evenly')
      const moment = (name: Moment['name'], at: string | undefined, source: string): Moment[] =>
        at ? [{ name, at, source }] : []
      const moments = [
        ...moment('event time', row && timeOf(row, context.spec.event.time), 'the event'),
        ...moment('sent', sample && new Date(sample.sentAtMs).toISOString(), 'the simulator'),
        ...moment('arrived', row && timeOf(row, 'arrived_at'), 'ApproximateArrivalTimestamp of the stream'),
        ...moment('batch began', progress?.timestamp && new Date(progress.timestamp).toISOString(), "the query's progress"),
        ...moment('committed', progress?.sluice.committedAt, "the query's progress"),
      ]
      return {
        key,
        at: new Date(clock.now()).toISOString(),
        row: row ? { table: tableOf(context), columns: row.columns, values: row.values } : null,
        record: record ?? null,
        batch: progress ? { id: progress.batchId, rows: progress.numInputRows, durationMs: progress.batchDuration } : null,
        moments: moments.sort((a, b) => a.at.localeCompare(b.at)),
        missing,
      } satisfies Trace
    },
    async recent(scope, { signal }) {
      const context = await contextOf(scope)
      const { rows } = await runStatement(
        context,
        clock,
        `select ${keyOf(context)} from ${tableOf(context)} order by arrived_at desc limit ${RECENT}`,
        { signal, name: 'recent keys' },
      )
      return rows.map(([key]) => String(key))
    },
  }
}

interface Row {
  columns: { name: string; type: string }[]
  values: (string | number | boolean | null)[]
}

const tableOf = ({ spec }: PipelineContext): string => `${spec.sink.schema}.${spec.sink.table}`
const keyOf = ({ spec }: PipelineContext): string => spec.sink.mergeKey[0] ?? spec.event.key[0] ?? ''

async function findRow(context: PipelineContext, clock: Clock, key: string, signal: AbortSignal): Promise<Row | undefined> {
  const { columns, rows } = await runStatement(
    context,
    clock,
    `select * from ${tableOf(context)} where ${keyOf(context)} = :key limit 1`,
    { signal, name: 'trace', parameters: { key } },
  )
  return rows[0] && { columns, values: rows[0] }
}

const columnValue = ({ columns, values }: Row, name: string) =>
  values[columns.findIndex(column => column.name === name.toLowerCase())] ?? undefined

function placeOf(row: Row): { shardId: string; sequenceNumber: string; batchId: number } {
  return {
    shardId: String(columnValue(row, 'shard_id')),
    sequenceNumber: String(columnValue(row, 'sequence_number')),
    batchId: Number(columnValue(row, 'batch_id')),
  }
}

/** A timestamp of the warehouse, which is UTC and says so nowhere. */
function timeOf(row: Row, column: string): string | undefined {
  const value = columnValue(row, column)
  return typeof value === 'string' ? new Date(`${value.replace(' ', 'T')}Z`).toISOString() : undefined
}

/** One read of one record: it is asked for by its own sequence number. */
async function readRecord(
  { aws, spec }: PipelineContext,
  { shardId, sequenceNumber }: { shardId: string; sequenceNumber: string },
  signal: AbortSignal,
): Promise<Trace['record'] | undefined> {
  const options = { abortSignal: signal }
  try {
    const { ShardIterator } = await aws.kinesis.send(
      new GetShardIteratorCommand({
        StreamName: spec.source.stream,
        ShardId: shardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        StartingSequenceNumber: sequenceNumber,
      }),
      options,
    )
    const { Records = [] } = await aws.kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }), options)
    const [record] = Records
    if (record?.SequenceNumber !== sequenceNumber) return undefined
    return {
      shardId,
      sequenceNumber,
      partitionKey: record.PartitionKey ?? '',
      data: Buffer.from(record.Data ?? []).toString('utf8'),
    }
  } catch (error) {
    // A shard that the stream has forgotten, or a number before its oldest record.
    if (['ResourceNotFoundException', 'InvalidArgumentException'].includes((error as Error).name)) return undefined
    throw error
  }
}
