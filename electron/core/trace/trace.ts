import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { SentSample } from '../../../shared/features/simulator.ts'
import type { Trace, traceContract } from '../../../shared/features/trace.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import { runStatement } from '../statements/run-statement.ts'
import { momentsOf, type Place, whenRead } from './moments.ts'

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
      if (!row)
        missing.push(`no row of ${tableOf(context)} has this key: it waits, was put into quarantine, or was never sent`)
      const place = row && placeOf(row)
      const record = place && (await readRecord(context, place, signal))
      if (place && !record) missing.push('the stream no longer holds the record: it is older than its retention')
      const progress = place && (await batches.one(context, place.batchId, signal))
      if (place && !progress) missing.push(`batch ${place.batchId} left no progress`)
      const sample =
        place && (await samples(scope, signal)).find(entry => entry.sequenceNumber === place.sequenceNumber)
      if (place && !sample)
        missing.push('when it was sent: the simulator keeps that of some records only, drawn evenly')
      if (place && progress && !whenRead(progress, place))
        missing.push(`when it was read: the progress of batch ${place.batchId} does not tell`)
      const loadedAt = place && (await readLoadedAt(context, clock, place.batchId, progress?.id, signal))
      if (place && !loadedAt)
        missing.push(
          `when it was loaded: ${batchTableOf(context)} has no row that is surely that of batch ${place.batchId}`,
        )
      const eventTime = row && timeOf(row, context.spec.event.time)
      if (row && !eventTime) missing.push('its event time on this clock: it is beyond the years that are told here')
      const moments =
        row && place
          ? momentsOf({
              eventTime,
              sentAt: sample && new Date(sample.sentAtMs).toISOString(),
              arrivedAt: timeOf(row, 'arrived_at'),
              place,
              progress,
              loadedAt,
              batchTable: batchTableOf(context),
            })
          : []
      return {
        key,
        at: new Date(clock.now()).toISOString(),
        row: row ? { table: tableOf(context), columns: row.columns, values: row.values } : null,
        record: record ?? null,
        batch: progress
          ? {
              id: progress.batchId,
              engine: progress.sluice.engine,
              rows: progress.numInputRows,
              durationMs: progress.batchDuration,
            }
          : null,
        moments,
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
const batchTableOf = ({ spec }: PipelineContext): string => `${spec.sink.schema}.${spec.sink.batchTable}`
const keyOf = ({ spec }: PipelineContext): string => spec.sink.mergeKey[0] ?? spec.event.key[0] ?? ''

async function findRow(
  context: PipelineContext,
  clock: Clock,
  key: string,
  signal: AbortSignal,
): Promise<Row | undefined> {
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

function placeOf(row: Row): Place {
  return {
    shardId: String(columnValue(row, 'shard_id')),
    sequenceNumber: String(columnValue(row, 'sequence_number')),
    batchId: Number(columnValue(row, 'batch_id')),
  }
}

const timeOf = (row: Row, column: string): string | undefined => isoOf(columnValue(row, column))

/**
 * A timestamp of the warehouse, which is UTC and says so nowhere; undefined when it is none that ISO 8601 says in four
 * digits of a year.
 */
function isoOf(value: string | number | boolean | null | undefined): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-/.test(value)) return undefined
  return new Date(`${value.replace(' ', 'T')}Z`).toISOString()
}

/**
 * When the warehouse wrote the row of a batch. Without the query's id a batch is known by its number alone, which
 * another query may have used before: then it is told only if there is one.
 */
async function readLoadedAt(
  context: PipelineContext,
  clock: Clock,
  batchId: number,
  queryId: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ofQuery = queryId === undefined ? '' : ' and query_id = :query'
  const { rows } = await runStatement(
    context,
    clock,
    `select committed_at from ${batchTableOf(context)} where batch_id = ${batchId}${ofQuery} limit 2`,
    { signal, name: 'trace batch', ...(queryId !== undefined && { parameters: { query: queryId } }) },
  )
  return rows.length === 1 ? isoOf(rows[0]?.[0]) : undefined
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
