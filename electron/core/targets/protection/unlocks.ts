import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import type { Clock } from '../../clock/clock.ts'

/**
 * How long an unlock waits for its action to begin: long enough to read a plan again, short enough that nobody finds
 * an unlocked console behind somebody who went for lunch. The page and the command begin it at once.
 */
export const BEGINS_WITHIN_MS = 3 * 60_000

/** More than anybody types in three minutes. */
const MOST_TICKETS = 100

export interface Unlocks {
  /** A ticket for one run of one operation with one input. @throws ExpectedError where another name was typed */
  grant(asked: { op: string; input: unknown; name: string; typed: string }): { ticket: string; until: string }
  /** Whether a ticket is for this; a ticket is good once, whatever it is shown for. */
  take(ticket: string, asked: { op: string; input: unknown }): boolean
}

/** Tickets are kept in memory only: what was unlocked before a restart is locked after it. */
export function createUnlocks({ clock, newId }: { clock: Clock; newId: () => string }): Unlocks {
  const tickets = new Map<string, { forWhat: string; untilMs: number }>()
  const forget = () => {
    for (const [ticket, { untilMs }] of tickets) if (clock.monotonic() >= untilMs) tickets.delete(ticket)
  }
  return {
    grant({ op, input, name, typed }) {
      if (typed !== name)
        throw new ExpectedError({
          code: 'invalid_input',
          reason: 'unconfirmed',
          message: `${JSON.stringify(typed)} was typed, and ${JSON.stringify(name)} is what unlocks it.`,
          hint: 'Type it exactly as it is shown.',
          retryable: false,
        })
      forget()
      const [oldest] = tickets.keys()
      if (tickets.size >= MOST_TICKETS && oldest !== undefined) tickets.delete(oldest)
      const ticket = newId()
      tickets.set(ticket, { forWhat: forWhat(op, input), untilMs: clock.monotonic() + BEGINS_WITHIN_MS })
      return { ticket, until: new Date(clock.now() + BEGINS_WITHIN_MS).toISOString() }
    },
    take(ticket, { op, input }) {
      forget()
      const known = tickets.get(ticket)
      tickets.delete(ticket)
      return known?.forWhat === forWhat(op, input)
    },
  }
}

const forWhat = (op: string, input: unknown): string => `${op} ${JSON.stringify(input)}`
