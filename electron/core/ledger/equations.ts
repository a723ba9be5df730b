import type { Ledger } from '../../../shared/features/ledger.ts'

/** What each part counted; see the contract for who counts what. */
export type Counted = Pick<
  Ledger,
  | 'orders'
  | 'sent'
  | 'accepted'
  | 'throttled'
  | 'retried'
  | 'unconfirmed'
  | 'pending'
  | 'givenUp'
  | 'received'
  | 'read'
  | 'readAgain'
  | 'skipped'
  | 'duplicates'
  | 'invalid'
  | 'late'
  | 'loaded'
> & {
  /** What the batch table says was loaded, to be held against the rows that are there. */
  loadedByBatches: number
  /** Whether `readAgain` and `skipped` hold all that the query passed over or reads again. */
  beginningCounted: boolean
}

/** Holds the counts against each other. The ledger closes when no equation fails and nothing is left unconfirmed. */
export function closeLedger(counted: Counted, at: string): Ledger {
  const { loadedByBatches, beginningCounted, ...counts } = counted
  const equation = (name: string, left: number, right: number) => ({ name, left, right, difference: left - right })
  const differences = [
    equation(
      'sent = accepted + pending + unconfirmed + given up',
      counts.sent,
      counts.accepted + counts.pending + counts.unconfirmed + counts.givenUp,
    ),
    equation('accepted = received by the stream', counts.accepted, counts.received),
    counts.readAgain === 0 && counts.skipped === 0 && beginningCounted
      ? equation('accepted = read', counts.accepted, counts.read)
      : equation(
          `accepted + read again = read + skipped${beginningCounted ? '' : ' (not all counted: the query was told to begin elsewhere, and the shards had no counters)'}`,
          counts.accepted + counts.readAgain,
          counts.read + counts.skipped,
        ),
    equation(
      'read = duplicates + invalid + late + loaded',
      counts.read,
      counts.duplicates + counts.invalid + counts.late + counts.loaded,
    ),
    equation('loaded by the batches = rows of the fact table', loadedByBatches, counts.loaded),
  ]
  const difference = differences.reduce((sum, entry) => sum + Math.abs(entry.difference), 0)
  return { at, ...counts, differences, difference, closes: difference === 0 && counts.unconfirmed === 0 }
}
