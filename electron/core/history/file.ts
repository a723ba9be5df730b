import { existsSync, renameSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { openLocked } from '../../../shared/duckdb/open-locked.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { damagedName, refuseOrRename, type StateCare } from '../../../shared/state/damage.ts'

/** What is open: a connection, and the ids of the series in the file by `scope\nname`. */
export interface OpenHistory {
  connection: DuckDBConnection
  seriesIds: Map<string, number>
}

/** The DuckDB file of the history: open while it is used, and for a while after. */
export interface HistoryFile {
  /**
   * Does something with the open file; a file that is found to be damaged is replaced by a new one, and the work done
   * again on that.
   * @throws ExpectedError `unavailable` when it cannot be opened
   */
  using<T>(work: (open: OpenHistory) => Promise<T>): Promise<T>
  /** Closes it for good: it is opened once more only for what is written last. */
  close(): void
  /** From now on it is not kept open after use. */
  leave(): void
}

const SCHEMA = `
create table if not exists series (
  id integer primary key, scope varchar not null, name varchar not null, unique (scope, name)
);
create table if not exists samples (series integer not null, at_ms bigint not null, value double not null);
create table if not exists events (
  id bigint primary key, scope varchar not null, at_ms bigint not null, kind varchar not null, state varchar not null,
  title varchar not null, detail varchar
);
`

export function createHistoryFile(options: { path: string; closeAfterMs: number; care: () => StateCare }): HistoryFile {
  const { path, care } = options
  let opening: Promise<OpenHistory> | undefined
  let open: { instance: DuckDBInstance; connection: DuckDBConnection } | undefined
  let users = 0
  let closing: ReturnType<typeof setTimeout> | undefined
  let isLeft = false

  async function openFile(): Promise<OpenHistory> {
    const { instance, connection, seriesIds } = await openOrReplace(path, care())
    open = { instance, connection }
    return { connection, seriesIds }
  }

  function opened(): Promise<OpenHistory> {
    opening ??= openFile().catch(error => {
      opening = undefined
      throw new ExpectedError(
        {
          code: 'unavailable',
          message: 'The history cannot be read.',
          hint: care().trouble(error) ?? `Another Sluice may work on the same data folder. ${firstLine(error)}`,
          retryable: true,
        },
        { cause: error },
      )
    })
    return opening
  }

  /** Only while nobody uses it. At once: whoever opens it next must not meet one that is still open. */
  function closeFile(): void {
    open?.connection.closeSync()
    open?.instance.closeSync()
    open = undefined
    opening = undefined
  }

  return {
    async using(work) {
      users++
      clearTimeout(closing)
      try {
        return await work(await opened())
      } catch (error) {
        // Found only now, in a part that was not read when it was opened. What waits is not lost with it.
        if (!isDamage(error)) throw error
        closeFile()
        replace(path, care(), error)
        return await work(await opened())
      } finally {
        users--
        if (users === 0 && !isLeft) closing = setTimeout(closeFile, options.closeAfterMs).unref()
      }
    },
    leave() {
      isLeft = true
      clearTimeout(closing)
    },
    close: closeFile,
  }
}

type Opened = OpenHistory & { instance: DuckDBInstance }

async function openOrReplace(path: string, care: StateCare): Promise<Opened> {
  try {
    return await openPath(path)
  } catch (error) {
    if (!isDamage(error)) throw error
    replace(path, care, error)
    return openPath(path)
  }
}

async function openPath(path: string): Promise<Opened> {
  await mkdir(dirname(path), { recursive: true })
  const { DuckDBInstance: Instance } = await import('@duckdb/node-api')
  const spill = { folder: `${path}.tmp`, atMost: '1GB' }
  const instance = await openLocked(Instance.create, path, { threads: 1, memory: '200MB', spill })
  const connection = await instance.connect()
  await connection.run(SCHEMA)
  const series = await connection.runAndReadAll('select id, scope, name from series')
  const seriesIds = new Map(series.getRows().map(([id, scope, name]) => [`${scope}\n${name}`, Number(id)]))
  return { instance, connection, seriesIds }
}

/** Renames a damaged file: the next that is opened is new. */
function replace(path: string, care: StateCare, error: unknown): void {
  const what = firstLine(error)
  const isLog = what.includes('WAL file')
  refuseOrRename(
    {
      file: isLog ? `${path}.wal` : path,
      what,
      lost: isLog ? 'the newest part of the history' : 'the history: rates, lag and events',
    },
    care,
    true,
  )
  if (!isLog && existsSync(`${path}.wal`)) renameSync(`${path}.wal`, damagedName(`${path}.wal`, care.now()))
}

const DAMAGE = [
  'Corrupt',
  'checksum',
  'not a valid DuckDB database',
  'Could not read enough bytes',
  'has been invalidated',
  'Failure while replaying WAL',
  'serialization error',
].map(text => text.toLowerCase())

/** What DuckDB says of a file that is not as it was written. */
function isDamage(error: unknown): boolean {
  const message = messageOf(error).toLowerCase()
  return DAMAGE.some(text => message.includes(text))
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const firstLine = (error: unknown): string => messageOf(error).split('\n')[0] ?? ''
