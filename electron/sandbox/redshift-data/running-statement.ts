import type { Block, Session } from './sessions.ts'
import type { StatementLog, StatementRecord } from './statement-log.ts'
import type { Warehouse } from './warehouse.ts'

/** A statement or a batch that runs. */
export interface RunningStatement {
  warehouse: Warehouse
  log: StatementLog
  record: StatementRecord
  session: Session | undefined
  /** The transaction block of its session, or one of its own. */
  block: Block
  /** Holds its locks. */
  owner: string
  /** Aborts when it is cancelled. */
  signal: AbortSignal
  hasSlot: boolean
}

export async function enterSlot(running: RunningStatement, order?: 'first'): Promise<void> {
  await running.warehouse.slots.enter(running.signal, order)
  running.hasSlot = true
}

export function leaveSlot(running: RunningStatement): void {
  if (running.hasSlot) running.warehouse.slots.leave()
  running.hasSlot = false
}

/** Whoever holds the lock that this one waits for may itself wait for a slot. */
export async function withoutSlot(running: RunningStatement, work: () => Promise<void>): Promise<void> {
  leaveSlot(running)
  await work()
  await enterSlot(running, 'first')
}

/** Now, but not before these times of the statement: the clock may have been set back since. */
export function notBefore(running: RunningStatement, ...timesMs: number[]): number {
  return Math.max(running.warehouse.now(), ...timesMs)
}
