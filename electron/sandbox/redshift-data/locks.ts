import { RedshiftError } from './dialect/statement.ts'

/** The locks of LOCK TABLE: exclusive, in the order of asking, held until the transaction ends. */
export interface TableLocks {
  /** Takes a table that nobody else holds. Returns whether the owner has it now. */
  take(table: string, owner: string): boolean
  /**
   * Waits until the owner has the table; an owner that has it already has it again.
   * @throws RedshiftError `deadlock detected` when waiting could never end; the signal's reason when it is aborted
   */
  acquire(table: string, owner: string, signal: AbortSignal): Promise<void>
  /** Lets go of all that an owner holds. */
  release(owner: string): void
}

interface Waiter {
  owner: string
  grant: () => void
}

export function createTableLocks(): TableLocks {
  const holders = new Map<string, string>()
  const queues = new Map<string, Waiter[]>()
  /** What each waiting owner waits for: one table at a time. */
  const waitsFor = new Map<string, string>()

  /** Whom an owner waits for: the table's holder, and whoever asked before it. */
  function blockers(owner: string): string[] {
    const table = waitsFor.get(owner)
    if (table === undefined) return []
    const queue = queues.get(table) ?? []
    const before = queue.slice(
      0,
      queue.findIndex(waiter => waiter.owner === owner),
    )
    return [holders.get(table), ...before.map(waiter => waiter.owner)].filter(found => found !== undefined)
  }

  function waitsForItself(owner: string): boolean {
    const seen = new Set<string>()
    const open = blockers(owner)
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === owner) return true
      if (seen.has(next)) continue
      seen.add(next)
      open.push(...blockers(next))
    }
    return false
  }

  function leave(table: string, owner: string): void {
    waitsFor.delete(owner)
    queues.set(
      table,
      (queues.get(table) ?? []).filter(waiter => waiter.owner !== owner),
    )
  }

  function grantNext(table: string): void {
    const [next] = queues.get(table) ?? []
    if (!next) {
      queues.delete(table)
      return
    }
    leave(table, next.owner)
    holders.set(table, next.owner)
    next.grant()
  }

  function take(table: string, owner: string): boolean {
    if (!holders.has(table)) holders.set(table, owner)
    return holders.get(table) === owner
  }

  return {
    take,
    async acquire(table, owner, signal) {
      signal.throwIfAborted()
      if (take(table, owner)) return
      await new Promise<void>((resolve, reject) => {
        const refuse = () => {
          leave(table, owner)
          reject(signal.reason)
        }
        const grant = () => {
          signal.removeEventListener('abort', refuse)
          resolve()
        }
        queues.set(table, [...(queues.get(table) ?? []), { owner, grant }])
        waitsFor.set(owner, table)
        if (waitsForItself(owner)) {
          leave(table, owner)
          reject(new RedshiftError('deadlock detected', '40P01'))
          return
        }
        signal.addEventListener('abort', refuse, { once: true })
      })
    },
    release(owner) {
      for (const [table, holder] of holders) {
        if (holder !== owner) continue
        holders.delete(table)
        grantNext(table)
      }
    },
  }
}
