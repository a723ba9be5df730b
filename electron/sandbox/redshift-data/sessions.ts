import type { DuckDBConnection } from '@duckdb/node-api'
import { AwsError } from '../server/aws-error.ts'
import type { StatementRecord } from './statement-log.ts'
import type { Warehouse } from './warehouse.ts'

/**
 * The transaction of a connection: one that BEGIN opened goes on after its statement, and is lost when a statement in
 * it fails.
 */
export interface Block {
  state: 'none' | 'open' | 'lost'
  /** Whether it has done nothing yet but to lock. */
  untouched: boolean
  /** Begun as READ ONLY: the engine refuses every change in it. */
  readOnly: boolean
}

export const noBlock = (): Block => ({ state: 'none', untouched: true, readOnly: false })

/** A connection that outlives its statements, with its temporary tables and its transaction. */
export interface Session {
  id: string
  /** Made by its first statement. */
  connection: DuckDBConnection | undefined
  block: Block
  database: string
  clusterIdentifier: string | undefined
  workgroupName: string | undefined
  dbUser: string | undefined
  /** How long it lives on after a statement. */
  keepAliveSeconds: number
  /** Wall time, for those who list it. */
  createdMs: number
  updatedMs: number
  /** Monotonic times, for its limits. */
  bornAt: number
  changedAt: number
  /** When it closes if nothing comes; undefined while a statement runs. */
  expiresAt: number | undefined
  /** Id of the statement that runs. */
  runs: string | undefined
  status: 'AVAILABLE' | 'BUSY' | 'CLOSED'
}

type Place = Pick<Session, 'database' | 'clusterIdentifier' | 'workgroupName' | 'dbUser'>

export interface Sessions {
  /** A new one, busy with the statement. @throws AwsError ActiveSessionsExceededException */
  open(place: Place, keepAliveSeconds: number, statementId: string): Session
  /**
   * One that waits, busy with the statement from now on. @throws AwsError ValidationException when it is closed, busy
   * or unknown
   */
  claim(id: string, keepAliveSeconds: number | undefined, statementId: string): Session
  /** Its statement has ended: it waits for the next, or closes when it is not to be kept alive. */
  release(session: Session): void
  find(id: string): Session | undefined
  /** Newest first; the closed ones of the last day too. */
  list(): Session[]
  /** Closes what is over its time. Returns the statements that must end because their session is a day old. */
  sweep(): string[]
  /** Closes all that wait. */
  close(): void
}

/** Management Guide, "Considerations when calling the Data API": 500 sessions, of 24 hours at the most. */
const MAX_SESSIONS = 500
const LONGEST_MS = 24 * 3_600_000

export function createSessions(
  warehouse: Warehouse,
  newId: () => string,
  wasSeen: (sessionId: string) => boolean,
): Sessions {
  const { now, monotonic } = warehouse
  const sessions = new Map<string, Session>()
  const timers = new Map<string, NodeJS.Timeout>()

  function change(session: Session, changes: Partial<Session>): void {
    Object.assign(session, changes, { updatedMs: Math.max(now(), session.createdMs), changedAt: monotonic() })
  }

  function shut(session: Session): void {
    clearTimeout(timers.get(session.id))
    timers.delete(session.id)
    session.connection?.closeSync()
    warehouse.locks.release(session.id)
    change(session, { connection: undefined, status: 'CLOSED', expiresAt: undefined, runs: undefined })
  }

  function sweep(): string[] {
    const overdue = []
    for (const session of sessions.values()) {
      if (session.status === 'CLOSED' && session.changedAt + LONGEST_MS <= monotonic()) sessions.delete(session.id)
      if (session.expiresAt !== undefined && session.expiresAt <= monotonic()) shut(session)
      if (session.runs !== undefined && session.bornAt + LONGEST_MS <= monotonic()) overdue.push(session.runs)
    }
    return overdue
  }

  return {
    open(place, keepAliveSeconds, statementId) {
      sweep()
      if ([...sessions.values()].filter(session => session.status !== 'CLOSED').length >= MAX_SESSIONS)
        throw new AwsError('ActiveSessionsExceededException', `The number of active sessions exceeds ${MAX_SESSIONS}.`)
      const session: Session = {
        id: newId(),
        connection: undefined,
        block: noBlock(),
        ...place,
        keepAliveSeconds,
        createdMs: now(),
        updatedMs: now(),
        bornAt: monotonic(),
        changedAt: monotonic(),
        expiresAt: undefined,
        runs: statementId,
        status: 'BUSY',
      }
      sessions.set(session.id, session)
      return session
    },
    claim(id, keepAliveSeconds, statementId) {
      sweep()
      const session = sessions.get(id)
      if (!session && !wasSeen(id)) throw new AwsError('ValidationException', `Session with Id: ${id} is invalid`)
      // A session runs one statement at a time and has no queue.
      if (session?.status !== 'AVAILABLE') throw new AwsError('ValidationException', 'Session is not available')
      clearTimeout(timers.get(id))
      change(session, { status: 'BUSY', runs: statementId, expiresAt: undefined })
      if (keepAliveSeconds !== undefined) session.keepAliveSeconds = keepAliveSeconds
      return session
    },
    release(session) {
      const expiresAt = Math.min(monotonic() + session.keepAliveSeconds * 1000, session.bornAt + LONGEST_MS)
      change(session, { status: 'AVAILABLE', runs: undefined, expiresAt })
      const leftMs = expiresAt - monotonic()
      if (leftMs <= 0) shut(session)
      else timers.set(session.id, setTimeout(sweep, Math.ceil(leftMs) + 1).unref())
    },
    find: id => sessions.get(id),
    list() {
      sweep()
      return [...sessions.values()].reverse()
    },
    sweep,
    close() {
      for (const session of sessions.values()) if (session.status === 'AVAILABLE') shut(session)
    },
  }
}

/** Who holds the locks of a statement: its session, whose transaction may go on, or else itself. */
export const lockOwner = (record: StatementRecord): string => record.sessionId ?? record.id
