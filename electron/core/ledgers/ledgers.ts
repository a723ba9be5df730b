import type { Clock } from '../clock/clock.ts'
import type { KnownFailure } from '../errors/known-failure.ts'
import type { LedgerOf } from './ledger.ts'
import { REDSHIFT_FAILURES } from './redshift/failures.ts'
import { createRedshiftLedgers } from './redshift/redshift-ledger.ts'

/** A row of the table: makes the ledgers of one kind. */
export type LedgerKind = (clock: Clock) => LedgerOf

/** By the `kind` of a query's sink. */
const KINDS: Readonly<Record<string, LedgerKind>> = { redshift: createRedshiftLedgers }

/** How jobs fail by their sinks: of all kinds, for a log says by its words of which it is. */
export const LEDGER_FAILURES: readonly KnownFailure[] = [...REDSHIFT_FAILURES]

/** The ledger of each pipeline, chosen by the kind that its spec names. */
export function createLedgers(clock: Clock, kinds: Readonly<Record<string, LedgerKind>> = KINDS): LedgerOf {
  const made = new Map<string, LedgerOf>()
  return context => {
    const { kind } = context.spec.sink
    const make = kinds[kind]
    if (!make) throw new Error(`There is no row for sinks of the kind ${kind} in electron/core/ledgers/ledgers.ts`)
    const ledgerOf = made.get(kind) ?? make(clock)
    made.set(kind, ledgerOf)
    return ledgerOf(context)
  }
}
