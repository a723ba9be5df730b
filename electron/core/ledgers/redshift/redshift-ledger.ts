import {
  ADD_KINESIS_RECORDS,
  KINESIS_RECORDS,
  lacksKinesisRecords,
  RECORDS_OF_BATCH,
  UNCOUNTED_BATCHES,
} from '../../../../shared/pipelines/compile/redshift/batch-table.ts'
import { placeNames } from '../../../../shared/pipelines/provenance.ts'
import type { Clock } from '../../clock/clock.ts'
import { toAppError } from '../../errors/expected-error.ts'
import { runStatement } from '../../statements/run-statement.ts'
import { inPartition } from '../../targets/partition.ts'
import type { CommittedBatches, LedgerCounts, LedgerOf, RecordPlace } from '../ledger.ts'
import { isoOf, recentKeys, rowByKey } from './rows.ts'
import { settleTransaction } from './settle.ts'
import type { RedshiftTables } from './tables.ts'

/** Numbers of records have up to 56 digits: this many stay below the Data API's 100 kB a statement. */
const PLACES_A_STATEMENT = 1_000

/** The fact table and the batch table of a pipeline in its Redshift warehouse. */
export function createRedshiftLedgers(clock: Clock): LedgerOf {
  return context => {
    const { schema, table, batchTable, mergeKey, kind, copyRole } = context.spec.sink
    const { clusterIdentifier, database, dbUser } = context.target.warehouse
    const names = { kind, table: `${schema}.${table}`, batchTable: `${schema}.${batchTable}`, mergeKey }
    const { partition, offset } = placeNames(context.spec.source.kind)
    const tables = { context, clock, names, place: { partition: partition.column, offset: offset.column } }
    return {
      names,
      jobArguments: {
        ...{ clusterIdentifier, database, dbUser },
        copyRole: inPartition(`arn:aws:iam::${context.target.account}:role/${copyRole}`, context.target.region),
      },
      counts: (upTo, signal) => countUpTo(tables, upTo, signal),
      committed: signal => committedBatches(tables, signal),
      rowByKey: (key, signal) => rowByKey(tables, key, signal),
      recentKeys: (limit, signal) => recentKeys(tables, limit, signal),
      batchesOf: (places, signal) => batchesOf(tables, places, signal),
      committedAt: (batch, signal) => committedAt(tables, batch, signal),
      rowsOfBatch: batchId => `select * from ${names.table} where batch_id = ${batchId}`,
      settle: (batch, signal) => settleTransaction(tables, batch, signal),
    }
  }
}

async function countUpTo(
  { context, names }: RedshiftTables,
  lastBatchId: number,
  signal: AbortSignal,
): Promise<LedgerCounts & { newestBatchId: number }> {
  const { rows } = await runStatement(
    context,
    `select (select count(*) from ${names.table} where batch_id is null or batch_id <= ${lastBatchId}) as loaded,
            coalesce(sum(duplicate_rows_in_batch + duplicate_rows_matched), 0) as duplicates,
            coalesce(sum(loaded_rows), 0) as loaded_by_batches,
            coalesce(sum(read_rows), 0) as read_rows,
            coalesce(sum(${RECORDS_OF_BATCH}), 0) as records,
            ${UNCOUNTED_BATCHES} as uncounted_batches,
            (select coalesce(max(batch_id), -1) from ${names.batchTable}) as newest_batch_id
     from ${names.batchTable} where batch_id <= ${lastBatchId}`,
    { signal, name: 'ledger' },
  )
  const [loaded = 0, duplicates = 0, loadedByBatches = 0, readRows = 0, batchRecords = 0, uncounted = 0, newest = -1] =
    (rows[0] ?? []).map(Number)
  return {
    ...{ loaded, duplicates, loadedByBatches, rows: readRows, batchRecords },
    ...{ uncountedBatches: uncounted, newestBatchId: newest },
  }
}

async function committedBatches(
  { context, names: { batchTable } }: RedshiftTables,
  signal: AbortSignal,
): Promise<CommittedBatches> {
  try {
    const { rows } = await runStatement(
      context,
      `select query_id, max(batch_id), count(*), sum(${RECORDS_OF_BATCH}), ${UNCOUNTED_BATCHES}, ` +
        `sum(loaded_rows) from ${batchTable} group by query_id`,
      { signal, name: 'checkpoint-preflight' },
    )
    return {
      state: 'read',
      queries: rows.map(([queryId, newestBatchId, batches, readRecords, uncountedBatches, loadedRows]) => ({
        queryId: String(queryId),
        newestBatchId: Number(newestBatchId),
        batches: Number(batches),
        readRecords: Number(readRecords),
        uncountedBatches: Number(uncountedBatches),
        loadedRows: Number(loadedRows),
      })),
    }
  } catch (error) {
    const { code, message } = toAppError(error)
    if (lacksKinesisRecords(message))
      return {
        state: 'unfit',
        why:
          `The batch table ${batchTable} has no column ${KINESIS_RECORDS.name}, which every batch writes: it was ` +
          'made before there was one.',
        next: ADD_KINESIS_RECORDS,
      }
    if (signal.aborted || code === 'internal' || code === 'cancelled') throw error
    return { state: 'unknown', why: message.split('\n')[0] ?? message }
  }
}

async function batchesOf(
  { context, names, place }: RedshiftTables,
  places: readonly RecordPlace[],
  signal: AbortSignal,
) {
  const found: { place: RecordPlace; batchId: number }[] = []
  const wanted = new Set(places.map(({ partition, offset }) => `${partition}/${offset}`))
  for (let first = 0; first < places.length; first += PLACES_A_STATEMENT) {
    const numbers = places.slice(first, first + PLACES_A_STATEMENT).map(({ offset }) => `'${offset}'`)
    const { rows } = await runStatement(
      context,
      `select ${place.partition}, ${place.offset}, batch_id from ${names.table}
       where ${place.offset} in (${numbers.join(',')})`,
      { signal, maxRows: PLACES_A_STATEMENT },
    )
    for (const [partition, offset, batchId] of rows)
      if (wanted.has(`${partition}/${offset}`))
        found.push({ place: { partition: String(partition), offset: String(offset) }, batchId: Number(batchId) })
  }
  return found
}

async function committedAt(
  { context, names }: RedshiftTables,
  { batchId, queryId }: { batchId: number; queryId: string | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  const ofQuery = queryId === undefined ? '' : ' and query_id = :query'
  const { rows } = await runStatement(
    context,
    `select committed_at from ${names.batchTable} where batch_id = ${batchId}${ofQuery} limit 2`,
    { signal, name: 'trace batch', ...(queryId !== undefined && { parameters: { query: queryId } }) },
  )
  return rows.length === 1 ? isoOf(rows[0]?.[0]) : undefined
}
