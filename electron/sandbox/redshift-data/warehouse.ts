import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { ObjectStore } from '../s3/object-store.ts'
import { catalogSql } from './dialect/catalog.ts'
import { quoteText } from './dialect/tokens.ts'

/** Redshift's tables in one DuckDB file, and what a statement needs around it. */
export interface Warehouse {
  database: string
  objects: ObjectStore
  now: () => number
  /** A connection of its own: what is temporary on it is gone when it is closed. */
  connect(): Promise<DuckDBConnection>
  /** Waits for a table's lock; the function given back lets it go. */
  lock(table: string): Promise<() => void>
  close(): void
}

/**
 * Opens the warehouse. Commits are in DuckDB's write-ahead log before they are answered, so they survive a kill.
 * Two threads, and not the whole memory: the streams live in the same process.
 */
export async function openWarehouse(options: {
  dir: string
  database: string
  objects: ObjectStore
  now: () => number
}): Promise<Warehouse> {
  // The file is named like the database: that is how DuckDB names a catalog.
  const instance = await DuckDBInstance.create(join(options.dir, `${options.database}.duckdb`), {
    threads: '2',
    memory_limit: '4GB',
  })
  const queues = new Map<string, Promise<void>>()
  const warehouse: Warehouse = {
    database: options.database,
    objects: options.objects,
    now: options.now,
    async connect() {
      const connection = await instance.connect()
      await connection.run(
        `set integer_division = true; set default_null_order = 'nulls_last_on_asc_first_on_desc'; set timezone = 'UTC';
         set search_path = ${quoteText('public,main')}`,
      )
      return connection
    },
    async lock(table) {
      const before = queues.get(table) ?? Promise.resolve()
      let release: () => void = () => undefined
      const held = new Promise<void>(resolve => {
        release = resolve
      })
      queues.set(
        table,
        before.then(() => held),
      )
      await before
      return release
    },
    close: () => instance.closeSync(),
  }
  const connection = await instance.connect()
  for (const sql of catalogSql) await connection.run(sql)
  connection.closeSync()
  return warehouse
}
