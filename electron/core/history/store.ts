import { existsSync, renameSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { openLocked } from '../../../shared/duckdb/open-locked.ts'
import type { HistoryEvent, NewEvent, Series } from '../../../shared/features/history.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { asideName, type StateCare, setAside, strictCare } from '../../../shared/state/damage.ts'
import { ageingTime } from '../../../shared/time/times.ts'
import { bucketSql } from './buckets.ts'

/** Values of one moment by the names of their series. */
export type Sample = Readonly<Record<string, number>>

export interface HistoryStore {
  /** What is done about a damaged file and a disk that takes no writes; until this is said, both are only logged. */
  useCare(care: StateCare): void
  /**
   * Keeps a sample; of two in the same second the later one stays. Written within `WRITE_SAMPLES_MS` of a change, and
   * before anything is read.
   */
  sample(scope: string, atMs: number, values: Sample): void
  /** Keeps an event. Written within `WRITE_EVENTS_MS`. */
  event(scope: string, atMs: number, event: NewEvent): HistoryEvent
  range(
    scope: string,
    request: { fromMs: number; toMs: number; points: number; shards: boolean },
  ): Promise<{
    series: Series[]
    bucketMs: number
    oldestMs: number | null
  }>
  /** Newest first; those that a full disk did not take yet among them. */
  events(scope: string, request: { fromMs: number; toMs: number; limit: number }): Promise<HistoryEvent[]>
  /** Writes what is not written yet, and closes the file. */
  close(): Promise<void>
}

/** What happened is worth a write of its own; a process that dies takes no more than this with it. */
const WRITE_EVENTS_MS = 2_000
/**
 * Each write waits for the disk, which at rest was a third of what core did: samples wait for each other, and longer
 * while all say the same.
 */
const WRITE_SAMPLES_MS = 30_000
const WRITE_SAME_MS = 300_000
/** Values in memory that are not written later than this many. */
const MOST_PENDING = 5_000
/** While the disk takes no writes, the newest so many wait for it. */
const MOST_WAITING = 50_000
/** The file is closed when nobody used it for so long: what DuckDB keeps of it in memory goes with it. */
const CLOSE_AFTER_MS = 20_000
const KEPT_DAYS = 7
/** About 250 MB before DuckDB compresses them; 16 shards watched all the time fill it in three days. */
const MOST_SAMPLES = 15_000_000
const PRUNE_EVERY_MS = 3_600_000

const SCHEMA = `
create table if not exists series (id integer primary key, scope varchar not null, name varchar not null, unique (scope, name));
create table if not exists samples (series integer not null, at_ms bigint not null, value double not null);
create table if not exists events (id bigint primary key, scope varchar not null, at_ms bigint not null, kind varchar not null, state varchar not null,
  title varchar not null, detail varchar);
`

const INSERT_EVENT = `insert into events select case when exists (select 1 from events where id = $1) then (select max(id) + 1 from events) else $1 end,
  $2, $3, $4, $5, $6, $7`

interface Opened {
  instance: DuckDBInstance
  connection: DuckDBConnection
}

/**
 * The history in one DuckDB file, bounded by age and number. The file is open while it is needed, not from the start of
 * the program on; what comes is kept in memory until then. Another process that has the file makes every read fail with
 * `unavailable`.
 */
export function createHistoryStore(options: {
  file: string
  now: () => number
  /** Measures intervals; `now` when it is left out. */
  monotonic?: () => number
  log: (line: string) => void
  closeAfterMs?: number
}): HistoryStore {
  const { now, monotonic = now, log, closeAfterMs = CLOSE_AFTER_MS } = options
  const ageing = ageingTime({ now, monotonic })
  const seriesIds = new Map<string, number>()
  /** By series and second, so that two who watch the same count once. */
  let pending = new Map<string, [scope: string, name: string, atMs: number, value: number]>()
  let pendingEvents: [scope: string, event: HistoryEvent][] = []
  let nextEventId = now()
  let prunedMs = Number.NEGATIVE_INFINITY
  let opening: Promise<Opened> | undefined
  let file: Opened | undefined
  let timer: { dueMs: number; timeout: ReturnType<typeof setTimeout> } | undefined
  let writing: Promise<void> = Promise.resolve()
  let closed = false
  let toldFailure = false
  let care = strictCare(now, log)
  /** The newest value of each series, by scope and name. */
  const newest = new Map<string, number>()
  let users = 0
  let closing: ReturnType<typeof setTimeout> | undefined

  async function open(): Promise<Opened> {
    try {
      return await openFile()
    } catch (error) {
      if (!isDamage(error)) throw error
      startOver(error)
      return openFile()
    }
  }

  /** Moves a damaged file aside: the next that is opened is new. */
  function startOver(error: unknown): void {
    seriesIds.clear()
    const isLog = firstLine(error).includes('WAL file')
    const at = isLog ? `${options.file}.wal` : options.file
    const what = firstLine(error)
    setAside(
      { file: at, what, lost: isLog ? 'the newest part of the history' : 'the history: rates, lag and events' },
      care,
      true,
    )
    if (!isLog && existsSync(`${options.file}.wal`))
      renameSync(`${options.file}.wal`, asideName(`${options.file}.wal`, care.now()))
  }

  async function openFile(): Promise<Opened> {
    await mkdir(dirname(options.file), { recursive: true })
    const { DuckDBInstance: Instance } = await import('@duckdb/node-api')
    const spill = { folder: `${options.file}.tmp`, atMost: '1GB' }
    const instance = await openLocked(Instance.create, options.file, { threads: 1, memory: '200MB', spill })
    const connection = await instance.connect()
    await connection.run(SCHEMA)
    for (const [id, scope, name] of (await connection.runAndReadAll('select id, scope, name from series')).getRows())
      seriesIds.set(`${scope}\n${name}`, Number(id))
    file = { instance, connection }
    return file
  }

  function opened(): Promise<Opened> {
    opening ??= open().catch(error => {
      opening = undefined
      throw new ExpectedError(
        {
          code: 'unavailable',
          message: 'The history cannot be read.',
          hint: care.trouble(error) ?? `Another Sluice may work on the same data folder. ${firstLine(error)}`,
          retryable: true,
        },
        { cause: error },
      )
    })
    return opening
  }

  /** Does something with the open file, which is closed some time after the last who used it. */
  async function using<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    users++
    clearTimeout(closing)
    try {
      return await work((await opened()).connection)
    } catch (error) {
      // Found only now, in a part that was not read when it was opened. What waits is not lost with it.
      if (!isDamage(error)) throw error
      closeFile()
      startOver(error)
      return await work((await opened()).connection)
    } finally {
      users--
      if (users === 0 && !closed) closing = setTimeout(closeFile, closeAfterMs).unref()
    }
  }

  /** Only while nobody uses it. At once: whoever opens it next must not meet one that is still open. */
  function closeFile(): void {
    file?.connection.closeSync()
    file?.instance.closeSync()
    file = undefined
    opening = undefined
  }

  async function seriesId(connection: DuckDBConnection, scope: string, name: string): Promise<number> {
    const key = `${scope}\n${name}`
    const known = seriesIds.get(key)
    if (known !== undefined) return known
    const id = seriesIds.size + 1
    await connection.run('insert into series values ($1, $2, $3)', [id, scope, name])
    seriesIds.set(key, id)
    return id
  }

  async function write(): Promise<void> {
    if (pending.size > 0 || pendingEvents.length > 0) await using(writePending)
  }

  /** In one transaction: what the disk does not take waits with all that came since. */
  async function writePending(connection: DuckDBConnection): Promise<void> {
    const samples = pending
    const events = pendingEvents
    pending = new Map()
    pendingEvents = []
    const known = new Set(seriesIds.keys())
    try {
      await connection.run('begin')
      await insert(connection, [...samples.values()], events)
      await connection.run('commit')
    } catch (error) {
      pending = new Map([...samples, ...pending].slice(-MOST_WAITING))
      pendingEvents = [...events, ...pendingEvents].slice(-MOST_WAITING)
      for (const key of seriesIds.keys()) if (!known.has(key)) seriesIds.delete(key)
      await rollback(connection)
      throw error
    }
    if (now() - prunedMs > PRUNE_EVERY_MS) await prune(connection)
  }

  async function insert(
    connection: DuckDBConnection,
    samples: [scope: string, name: string, atMs: number, value: number][],
    events: readonly [scope: string, event: HistoryEvent][],
  ): Promise<void> {
    for (const [scope, name] of samples) await seriesId(connection, scope, name)
    if (samples.length > 0) {
      const appender = await connection.createAppender('samples')
      for (const [scope, name, atMs, value] of samples) {
        appender.appendInteger(seriesIds.get(`${scope}\n${name}`) ?? 0)
        appender.appendBigInt(BigInt(atMs))
        appender.appendDouble(value)
        appender.endRow()
      }
      appender.closeSync()
    }
    for (const [scope, event] of events) {
      const { id, at, kind, state, title, detail } = event
      // A clock that was set back may give an id again that an earlier process gave: what happened is kept all the
      // same.
      await connection.run(INSERT_EVENT, [
        BigInt(id),
        scope,
        BigInt(Date.parse(at)),
        kind,
        state,
        title,
        detail ?? null,
      ])
    }
  }

  async function prune(connection: DuckDBConnection): Promise<void> {
    prunedMs = monotonic()
    const oldest = BigInt(Math.floor(ageing()) - KEPT_DAYS * 86_400_000)
    await connection.run('delete from samples where at_ms < $1', [oldest])
    await connection.run('delete from events where at_ms < $1', [oldest])
    await connection.run(
      `delete from samples where at_ms < (select at_ms from samples order by at_ms desc limit 1 offset ${MOST_SAMPLES})`,
    )
  }

  /**
   * One write after the other; a failure is told once. What the disk does not take waits for it; what cannot be written
   * for another reason goes.
   */
  function flush(): Promise<void> {
    writing = writing.then(write).catch(error => {
      if (care.trouble(error instanceof ExpectedError ? error.cause : error) !== undefined) {
        if (!closed) writeAgain()
        return
      }
      pending.clear()
      pendingEvents = []
      if (!toldFailure) log(`the history is not written: ${error instanceof Error ? error.message : String(error)}`)
      toldFailure = true
    })
    return writing
  }

  function writeAgain(): void {
    care.room().then(
      () => writeWithin(0),
      error => log(`the history is not written: ${String(error)}`),
    )
  }

  function writeWithin(ms: number): void {
    if (closed) return
    const dueMs = monotonic() + ms
    if (timer && timer.dueMs <= dueMs) return
    clearTimeout(timer?.timeout)
    const timeout = setTimeout(() => {
      timer = undefined
      flush().catch(error => log(`the history is not written: ${String(error)}`))
    }, ms)
    timeout.unref()
    timer = { dueMs, timeout }
  }

  /** Reads, with all that was told before written. */
  const reading = async <T>(read: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    await flush()
    return using(read)
  }

  return {
    useCare(next) {
      care = next
    },
    sample(scope, atMs, values) {
      const second = Math.floor(atMs / 1_000) * 1_000
      let isSame = true
      for (const [name, value] of Object.entries(values)) {
        if (!Number.isFinite(value)) continue
        const series = `${scope}\n${name}`
        isSame &&= newest.get(series) === value
        newest.set(series, value)
        pending.set(`${series}\n${second}`, [scope, name, second, value])
      }
      writeWithin(pending.size > MOST_PENDING ? 0 : isSame ? WRITE_SAME_MS : WRITE_SAMPLES_MS)
    },
    event(scope, atMs, event) {
      nextEventId = Math.max(nextEventId + 1, atMs)
      const known: HistoryEvent = { id: nextEventId, at: new Date(atMs).toISOString(), ...event }
      pendingEvents.push([scope, known])
      writeWithin(WRITE_EVENTS_MS)
      return known
    },
    range: (scope, { fromMs, toMs, points, shards }) =>
      reading(async connection => {
        const bucketMs = Math.max(1_000, Math.ceil((toMs - fromMs) / points / 1_000) * 1_000)
        const found = await connection.runAndReadAll(bucketSql(bucketMs), [
          scope,
          BigInt(Math.floor(fromMs)),
          BigInt(Math.ceil(toMs)),
          shards,
        ])
        const series = new Map<string, [number, number][]>()
        const add = (name: string, atMs: unknown, value: unknown) => {
          const known = series.get(name) ?? []
          known.push([Number(atMs), Number(value)])
          series.set(name, known)
        }
        for (const [name, atMs, value, least] of found.getRows()) {
          add(String(name), atMs, value)
          if (hasLeast(String(name))) add(`${name}/least`, atMs, least)
        }
        const oldest = await connection.runAndReadAll(
          'select min(at_ms) from samples where series in (select id from series where scope = $1)',
          [scope],
        )
        const [[oldestMs] = [null]] = oldest.getRows()
        return {
          series: [...series].map(([name, known]) => ({ name, points: known })),
          bucketMs,
          oldestMs: oldestMs == null ? null : Number(oldestMs),
        }
      }),
    async events(scope, { fromMs, toMs, limit }) {
      const stored = await reading(async connection => {
        const found = await connection.runAndReadAll(
          'select id, at_ms, kind, state, title, detail from events where scope = $1 and at_ms between $2 and $3 order by at_ms desc, id desc limit $4',
          [scope, BigInt(Math.floor(fromMs)), BigInt(Math.ceil(toMs)), limit],
        )
        return found.getRows().map(([id, atMs, kind, state, title, detail]) => ({
          id: Number(id),
          at: new Date(Number(atMs)).toISOString(),
          kind: kind as HistoryEvent['kind'],
          state: state as HistoryEvent['state'],
          title: String(title),
          ...(detail !== null && { detail: String(detail) }),
        }))
      }).catch(error => {
        // On a disk that takes no writes the file may not even open: what this process saw is all the more needed.
        if (care.trouble(error instanceof ExpectedError ? error.cause : error) === undefined) throw error
        return []
      })
      const isStored = new Set(stored.map(event => event.id))
      const waiting = pendingEvents
        .filter(
          ([of, event]) => of === scope && !isStored.has(event.id) && isWithin(Date.parse(event.at), fromMs, toMs),
        )
        .map(([, event]) => event)
      return [...waiting.reverse(), ...stored].slice(0, limit)
    },
    async close() {
      closed = true
      clearTimeout(timer?.timeout)
      clearTimeout(closing)
      await flush()
      closeFile()
    },
  }
}

/** What was behind at commits is told with its least value: a mean of hours hides what it was at its best. */
const hasLeast = (name: string): boolean => name.endsWith('/atCommitRecords')

const isWithin = (value: number, from: number, to: number): boolean => value >= from && value <= to

/** What DuckDB says of a file that is not as it was written. */
const isDamage = (error: unknown): boolean =>
  /Corrupt|checksum|not a valid DuckDB database|Could not read enough bytes|has been invalidated|Failure while replaying WAL|serialization error/i.test(
    messageOf(error),
  )

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const firstLine = (error: unknown): string => messageOf(error).split('\n')[0] ?? ''

/** A transaction that DuckDB has ended by itself has nothing to roll back. */
async function rollback(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('rollback')
  } catch (error) {
    if (!/no transaction is active|invalidated/i.test(messageOf(error))) throw error
  }
}
