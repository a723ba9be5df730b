import { setTimeout as delay } from 'node:timers/promises'
import {
  DescribeStatementCommand,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  type RedshiftDataClient,
} from '@aws-sdk/client-redshift-data'

/** Where the Data API is asked: it and the cluster, database and user that each call names. */
export interface Warehouse {
  client: RedshiftDataClient
  place: { ClusterIdentifier: string; Database: string; DbUser: string }
}

export interface CommittedBatch {
  batchId: number
  rows: number
  committedMs: number
}

const POLL_EVERY_MS = 20

/** The table with a row a committed batch, by its columns: a revision may call it otherwise. */
export async function batchTable(warehouse: Warehouse): Promise<string> {
  const [[schema, table] = []] = await query(
    warehouse,
    `select table_schema, table_name from information_schema.columns where column_name = 'read_rows'`,
  )
  if (schema === undefined || table === undefined) throw new Error('No table of the warehouse has a row a batch')
  return `${schema}.${table}`
}

/** -1 when there is none yet. */
export async function newestBatch(warehouse: Warehouse, table: string): Promise<number> {
  const [[newest] = []] = await query(warehouse, `select coalesce(max(batch_id), -1) from ${table}`)
  return Number(newest)
}

/** The batches behind one, in their order. */
export async function batchesAfter(warehouse: Warehouse, table: string, batchId: number): Promise<CommittedBatch[]> {
  const found = await query(
    warehouse,
    `select batch_id, read_rows, committed_at from ${table} where batch_id > ${batchId} order by batch_id`,
  )
  return found.map(([id, rows, committedAt]) => ({
    batchId: Number(id),
    rows: Number(rows),
    committedMs: Date.parse(`${String(committedAt).replace(' ', 'T')}Z`),
  }))
}

/** @throws Error with what the warehouse said when a statement fails */
async function query({ client, place }: Warehouse, Sql: string): Promise<(string | number | undefined)[][]> {
  const { Id } = await client.send(new ExecuteStatementCommand({ ...place, Sql }))
  for (;;) {
    const { Status, Error: reason } = await client.send(new DescribeStatementCommand({ Id }))
    if (Status === 'FINISHED') break
    if (Status === 'FAILED' || Status === 'ABORTED') throw new Error(`${Sql}: ${reason}`)
    await delay(POLL_EVERY_MS)
  }
  const { Records = [] } = await client.send(new GetStatementResultCommand({ Id }))
  return Records.map(row => row.map(({ stringValue, longValue }) => stringValue ?? longValue))
}
