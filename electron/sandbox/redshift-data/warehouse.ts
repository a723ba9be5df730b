import { existsSync, renameSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { openLocked } from '../../../shared/duckdb/open-locked.ts'
import { damagedName, refuseOrRename, type StateCare } from '../../../shared/state/damage.ts'
import { diskTrouble } from '../../../shared/state/disk-trouble.ts'
import { ageingTime } from '../../../shared/time/times.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { temporaryAttributesSql } from './dialect/attributes.ts'
import { catalogSql } from './dialect/catalog.ts'
import { quoteText } from './dialect/tokens.ts'
import { createTableLocks, type TableLocks } from './locks.ts'
import { createSlots, type Slots } from './slots.ts'

/**
 * libuv has four threads for all that is asynchronous, files too. A DuckDB call occupies one for as long as it runs:
 * with three statements and one read of the catalog, which is short, the streams and objects of the sandbox always
 * come to theirs.
 */
const STATEMENTS_AT_ONCE = 3
const METADATA_SLOTS = 1

/** Redshift's tables in one DuckDB file, and what a statement needs around it. */
export interface Warehouse {
  database: string
  objects: ObjectStore
  /** Wall time; for intervals; and what ages count from (shared/time/times.ts). */
  now: () => number
  monotonic: () => number
  ageing: () => number
  /** Where files are on their way from and to S3: of all the machine's files the only ones that SQL reads or writes. */
  staging: string
  /** A connection of its own: what is temporary on it is gone when it is closed. */
  connect(): Promise<DuckDBConnection>
  locks: TableLocks
  /** Statements that run at once. */
  slots: Slots
  /** Reads of the catalog that run at once, beside the statements. */
  metadataSlots: Slots
  /** Logs what went wrong beside the statements. */
  log: (line: string) => void
  care: StateCare
  /** Forgets what the system tables keep no longer. */
  prune(): Promise<void>
  close(): void
}

/** STL views keep seven days (Developer Guide, "STL views for logging"). */
const HISTORY_DAYS = 7
/** An outcome is needed until the log of statements has the end, which follows at once. */
export const OUTCOME_MINUTES = 10
const LOST_TABLES = 'all schemas, tables and rows of the warehouse'

/**
 * Opens the warehouse. Commits are in DuckDB's write-ahead log before they are answered, so they survive a kill.
 * Two threads, and not the whole memory: the streams live in the same process.
 */
export async function openWarehouse(options: {
  dir: string
  database: string
  objects: ObjectStore
  now: () => number
  monotonic: () => number
  log: (line: string) => void
  care: StateCare
}): Promise<Warehouse> {
  // The file is named like the database: that is how DuckDB names a catalog.
  // What is left in there belonged to statements that a kill ended.
  const staging = await emptyFolder(join(options.dir, 'staging'))
  const spill = await emptyFolder(join(options.dir, 'spill'))
  const instance = await openDatabase(join(options.dir, `${options.database}.duckdb`), { staging, spill }, options.care)
  const ageing = ageingTime(options)
  const warehouse: Warehouse = {
    database: options.database,
    objects: options.objects,
    now: options.now,
    monotonic: options.monotonic,
    ageing,
    staging,
    async connect() {
      const connection = await instance.connect()
      await connection.run(`set search_path = ${quoteText('public,main')}; ${temporaryAttributesSql}`)
      return connection
    },
    locks: createTableLocks(),
    slots: createSlots(STATEMENTS_AT_ONCE),
    metadataSlots: createSlots(METADATA_SLOTS),
    log: options.log,
    care: options.care,
    async prune() {
      const own = await instance.connect()
      try {
        const now = `make_timestamp(${Math.round(ageing() * 1000)})`
        await own.run(`delete from sluice_sandbox.load_errors where starttime < ${now} - interval ${HISTORY_DAYS} days`)
        await own.run(
          `delete from sluice_sandbox.query_history where start_time < ${now} - interval ${HISTORY_DAYS} days`,
        )
        // Of the newest ones, not of the last minutes: they also prove that the file has what was committed
        // (settleInterrupted).
        await own.run(
          'delete from sluice_sandbox.outcomes where ended_at < (select max(ended_at) from ' +
            `sluice_sandbox.outcomes) - interval ${OUTCOME_MINUTES} minutes`,
        )
      } finally {
        own.closeSync()
      }
    },
    close: () => instance.closeSync(),
  }
  const connection = await instance.connect()
  for (const sql of catalogSql) await connection.run(sql)
  connection.closeSync()
  return warehouse
}

async function emptyFolder(path: string): Promise<string> {
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { recursive: true, mode: 0o700 })
  return path
}

/** DuckDB checks its blocks and its log by itself. @throws DamagedState */
async function openDatabase(
  file: string,
  { staging, spill }: { staging: string; spill: string },
  care: StateCare,
): Promise<DuckDBInstance> {
  const open = () =>
    openLocked(DuckDBInstance.create, file, {
      threads: 2,
      memory: '4GB',
      folder: staging,
      spill: { folder: spill, atMost: '20GB' },
      settings: { integer_division: 'true', default_null_order: 'nulls_last_on_asc_first_on_desc' },
      changeable: ['search_path'],
    })
  try {
    return await open()
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    if (diskTrouble(error) || /Conflicting lock|Could not set lock/i.test(said)) throw error
    const isLog = /\bWAL\b/.test(said)
    const what = said.split('\n')[0]?.replace(/^.*?Error: /, '') ?? said
    refuseOrRename(
      { file: isLog ? `${file}.wal` : file, what, lost: isLog ? 'the newest commits of the warehouse' : LOST_TABLES },
      care,
      false,
    )
    // What is in the log belongs to that file and to no other.
    if (!isLog && existsSync(`${file}.wal`)) renameSync(`${file}.wal`, damagedName(`${file}.wal`, care.now()))
    return open()
  }
}
