import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll } from 'vitest'
import { createLike } from '../../../electron/sandbox/redshift-data/create-like.ts'
import { temporaryAttributesSql } from '../../../electron/sandbox/redshift-data/dialect/attributes.ts'
import { catalogSql } from '../../../electron/sandbox/redshift-data/dialect/catalog.ts'
import { translate } from '../../../electron/sandbox/redshift-data/dialect/translate.ts'
import { runChanges } from '../../../electron/sandbox/redshift-data/run-changes.ts'
import { openLocked } from '../../../shared/duckdb/open-locked.ts'

/**
 * A warehouse in memory for the tests of a file, with three orders in it. Gives what runs statements one after the
 * other, as the Data API does, and has the rows of the last.
 */
export function useWarehouse(): (sql: string) => Promise<unknown[][]> {
  let connection: DuckDBConnection

  async function run(sql: string): Promise<unknown[][]> {
    let rows: unknown[][] = []
    for (const statement of translate(sql)) {
      if (statement.kind === 'like') await createLike(connection, statement)
      if (statement.kind !== 'sql') continue
      await runChanges(connection, statement)
      if (statement.hasResultSet) rows = (await connection.runAndReadAll(statement.sql.at(-1) ?? '')).getRowsJson()
    }
    return rows
  }

  beforeAll(async () => {
    const settings = { integer_division: 'true', default_null_order: 'nulls_last_on_asc_first_on_desc' }
    const bounds = { threads: 1, memory: '1GB', settings, changeable: ['search_path'] }
    connection = await (await openLocked(DuckDBInstance.create, ':memory:', bounds)).connect()
    for (const sql of catalogSql) await connection.run(sql)
    await connection.run(temporaryAttributesSql)
    await connection.run("set search_path = 'public,main'")
    await run(`
      create schema s;
      create table s.Orders (OrderID varchar(36) encode zstd not null, City varchar(20), Amount decimal(10,2) default 0,
        Placed timestamp, Qty integer, primary key (OrderID))
        diststyle key distkey (OrderID) compound sortkey (Placed, City);
      insert into s.orders values ('a', 'Austin', 10.50, '2026-11-02 12:30:00', 7),
        ('b', 'Boston', 5, '2026-11-03 08:00:00', 2), ('c', null, null, '2026-11-03 09:00:00', null);
    `)
  })
  afterAll(() => connection.closeSync())
  return run
}
