import type { InFlight, Ledger } from '../../../shared/features/ledger.ts'

/** What each part counted; see the contract for who counts what. */
export type Counted = Omit<
  Ledger,
  'at' | 'others' | 'inFlight' | 'inFlightRecords' | 'differences' | 'difference' | 'closes'
> & {
  /** Accepted, and not yet in a count that comes late. */
  notCountedYet: number
  /** Received, and not in a committed batch yet: no more of them than may still be read. */
  inStream: { records: number; oldestMs: number | null }
  /** What the batch table says was loaded, to be held against the rows that are there. */
  loadedByBatches: number
  /** Batches whose records nobody counted: in `batchRecords` they are as many as their rows. */
  uncountedBatches: number
  /** Whether `readAgain` and `skipped` hold all that the query passed over or reads again. */
  beginningCounted: boolean
}

type Equation = Ledger['differences'][number]

/**
 * Holds the counts against each other: records against records, rows against rows. The ledger closes when no equation
 * fails and nothing is left unconfirmed. What the simulator counts is held only where it has sent anything.
 */
export function closeLedger(counted: Counted, at: string): Ledger {
  const { loadedByBatches, uncountedBatches, beginningCounted, notCountedYet, inStream, ...counts } = counted
  // What is under way the stream may have already.
  const others = Math.max(0, counts.received - counts.accepted - counts.pending - counts.unconfirmed)
  const differences = [
    ...(counts.sent > 0 ? simulatorEquations(counts, others, notCountedYet) : []),
    readEquation(counts, inStream.records, beginningCounted),
    equation(
      'records read = records of the ' +
        `batches${uncountedBatches === 0 ? '' : ` (${uncountedBatches} did not count them: their rows)`}`,
      counts.read,
      counts.batchRecords,
    ),
    equation(
      'rows of these records = duplicates + invalid + late + loaded',
      counts.rows,
      counts.duplicates + counts.invalid + counts.late + counts.loaded,
    ),
    equation('loaded by the batches = rows of the fact table', loadedByBatches, counts.loaded),
  ]
  const difference = differences.reduce((sum, entry) => sum + Math.abs(entry.difference), 0)
  const stages: InFlight[] = [
    { stage: 'producer', records: counts.pending, oldestMs: null },
    { stage: 'metrics', records: notCountedYet, oldestMs: null },
    { stage: 'stream', ...inStream },
  ]
  const inFlight = stages.filter(({ records }) => records > 0)
  return {
    at,
    ...counts,
    others,
    inFlight,
    inFlightRecords: inFlight.reduce((sum, { records }) => sum + records, 0),
    differences,
    difference,
    closes: difference === 0 && counts.unconfirmed === 0,
  }
}

const equation = (name: string, left: number, right: number): Equation => ({
  name,
  left,
  right,
  difference: left - right,
})

/** What others send nobody counts but the stream: once they do, there is nothing to hold what it received against. */
function simulatorEquations(
  counts: Pick<Counted, 'sent' | 'accepted' | 'pending' | 'unconfirmed' | 'givenUp' | 'received'>,
  others: number,
  notCountedYet: number,
): Equation[] {
  const { sent, accepted, pending, unconfirmed, givenUp, received } = counts
  return [
    equation('sent = accepted + pending + unconfirmed + given up', sent, accepted + pending + unconfirmed + givenUp),
    ...(others > 0
      ? []
      : notCountedYet > 0
        ? [equation('accepted = received by the stream + not counted yet', accepted, received + notCountedYet)]
        : [equation('accepted = received by the stream', accepted, received)]),
  ]
}

function readEquation(
  { received, read, readAgain, skipped }: Pick<Counted, 'received' | 'read' | 'readAgain' | 'skipped'>,
  inStream: number,
  beginningCounted: boolean,
): Equation {
  if (readAgain === 0 && skipped === 0 && beginningCounted)
    return equation('received = records read + in flight', received, read + inStream)
  const uncounted = ' (not all counted: the query was reset, and the partitions had no counters)'
  return equation(
    `received + read again = records read + skipped + in flight${beginningCounted ? '' : uncounted}`,
    received + readAgain,
    read + skipped + inStream,
  )
}
