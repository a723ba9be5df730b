import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, type OpenHistory } from './file.ts'
import type { Batch, PendingEvent, PendingSample } from './pending.ts'

const KEPT_DAYS = 7
/** About 250 MB before DuckDB compresses them; 16 partitions watched all the time fill it in three days. */
const MOST_SAMPLES = 15_000_000

/** An id that is there already, of an earlier process whose clock was ahead, is replaced by the next free one. */
const INSERT_EVENT = `
insert into events select
  case when exists (select 1 from events where id = $1) then (select max(id) + 1 from events) else $1 end,
  $2, $3, $4, $5, $6, $7`

/** Writes a batch in one transaction, all of it or nothing. */
export async function writeBatch(open: OpenHistory, { samples, events }: Batch): Promise<void> {
  const { connection, seriesIds } = open
  const known = new Set(seriesIds.keys())
  try {
    await connection.run('begin')
    await insertSamples(open, [...samples.values()])
    for (const event of events) await insertEvent(connection, event)
    await connection.run('commit')
  } catch (error) {
    for (const key of seriesIds.keys()) if (!known.has(key)) seriesIds.delete(key)
    await rollback(connection)
    throw error
  }
}

async function insertSamples(open: OpenHistory, samples: readonly PendingSample[]): Promise<void> {
  for (const [scope, name] of samples) await addSeries(open, scope, name)
  if (samples.length === 0) return
  const appender = await open.connection.createAppender('samples')
  for (const [scope, name, atMs, value] of samples) {
    appender.appendInteger(open.seriesIds.get(`${scope}\n${name}`) ?? 0)
    appender.appendBigInt(BigInt(atMs))
    appender.appendDouble(value)
    appender.endRow()
  }
  appender.closeSync()
}

async function addSeries({ connection, seriesIds }: OpenHistory, scope: string, name: string): Promise<void> {
  const key = `${scope}\n${name}`
  if (seriesIds.has(key)) return
  const id = seriesIds.size + 1
  await connection.run('insert into series values ($1, $2, $3)', [id, scope, name])
  seriesIds.set(key, id)
}

async function insertEvent(connection: DuckDBConnection, [scope, event]: PendingEvent): Promise<void> {
  const { id, at, kind, state, title, detail } = event
  await connection.run(INSERT_EVENT, [BigInt(id), scope, BigInt(Date.parse(at)), kind, state, title, detail ?? null])
}

/** Removes what is older than a week before `nowMs`, and of the samples all but the newest `MOST_SAMPLES`. */
export async function prune({ connection }: OpenHistory, nowMs: number): Promise<void> {
  const oldest = BigInt(Math.floor(nowMs) - KEPT_DAYS * 86_400_000)
  await connection.run('delete from samples where at_ms < $1', [oldest])
  await connection.run('delete from events where at_ms < $1', [oldest])
  await connection.run(
    `delete from samples where at_ms < (select at_ms from samples order by at_ms desc limit 1 offset ${MOST_SAMPLES})`,
  )
}

/** A transaction that DuckDB has ended by itself has nothing to roll back. */
async function rollback(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('rollback')
  } catch (error) {
    if (!/no transaction is active|invalidated/i.test(messageOf(error))) throw error
  }
}
