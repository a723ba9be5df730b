import type { InFlight, Latency, Ledger } from '../../../../shared/features/ledger.ts'
import type { StreamDescription } from '../../../../shared/features/stream.ts'
import type { Target } from '../../../../shared/features/targets.ts'
import type { QueryResult } from '../../../../shared/features/warehouse.ts'
import { bytes, count, duration, table } from '../text.ts'

export interface DemoOutcome {
  engine: string
  ledger: Ledger
  latency: Latency
  stream: StreamDescription
  target: Target
  /** Of this run: from its first event to its last commit. */
  seconds: number
}

/** The one JSON object of `sluice demo --json`. Counts are of the whole state, over all runs on it. */
export function demoJson({ engine, ledger, latency, stream, target, seconds }: DemoOutcome) {
  return {
    engine,
    events: ledger.events,
    sent: ledger.sent,
    accepted: ledger.accepted,
    throttled: ledger.throttled,
    retried: ledger.retried,
    unconfirmed: ledger.unconfirmed,
    givenUp: ledger.givenUp,
    received: ledger.received,
    others: ledger.others,
    read: ledger.read,
    rows: ledger.rows,
    duplicates: ledger.duplicates,
    invalid: ledger.invalid,
    late: ledger.late,
    loaded: ledger.loaded,
    difference: ledger.difference,
    inFlight: ledger.inFlightRecords,
    latencyMs: { p50: latency.p50Ms, p95: latency.p95Ms, p99: latency.p99Ms },
    seconds: Math.round(seconds * 1000) / 1000,
    partitions: stream.partitions.map(partition => ({
      id: partition.id,
      records: partition.received.records,
      bytes: partition.received.bytes,
    })),
    endpoint: target.endpoint,
    warehouse: target.warehouse,
  }
}

type CountedLine = [name: string, value: number, who: string]

/** The ledger as it is read aloud: each count with who counted it, records before rows, then each equation. */
export function ledgerText(ledger: Ledger): string[] {
  const records: CountedLine[] = [
    ...when(ledger.sent > 0, [
      ['sent', ledger.sent, 'simulator: handed to the stream'],
      ['accepted', ledger.accepted, 'simulator: answered with a sequence number, or found in the stream'],
      ['unconfirmed', ledger.unconfirmed, 'simulator: sent, and no answer yet'],
      ['given up', ledger.givenUp, 'simulator: refused for good'],
    ]),
    ['received', ledger.received, 'stream: its own count'],
    ...when(ledger.others > 0, [
      ['by others', ledger.others, 'stream: received beyond what the simulator had accepted'],
    ]),
    ['read', ledger.read, 'reader: behind the committed positions'],
    ...when(ledger.readAgain > 0 || ledger.skipped > 0, [
      ['read again', ledger.readAgain, 'checkpoint: reset to an earlier offset'],
      ['skipped', ledger.skipped, 'checkpoint: reset to a later offset'],
    ]),
    ['of batches', ledger.batchRecords, 'warehouse: the batch table'],
  ]
  const rows: CountedLine[] = [
    ['held', ledger.rows, 'warehouse: the batch table'],
    ['duplicates', ledger.duplicates, 'warehouse: keys that were there'],
    ['invalid', ledger.invalid, 'quarantine: lines of its files'],
    ['late', ledger.late, 'quarantine: lines of its files'],
    ['loaded', ledger.loaded, 'warehouse: rows of the fact table'],
  ]
  const line = (what: string) => (entry: CountedLine) => [entry[0], count(entry[1]), what, entry[2]]
  return [
    ...table([['count', 'number', 'of', 'who counted'], ...records.map(line('records')), ...rows.map(line('rows'))]),
    ...(ledger.sent > 0 ? [] : ['The simulator of this console has sent nothing: what it counts is left out.']),
    upToText(ledger),
    '',
    ...ledger.differences.map(entry => {
      const verdict = entry.difference === 0 ? '✓' : `✗ off by ${count(entry.difference)}`
      return `${entry.name}: ${count(entry.left)} = ${count(entry.right)} ${verdict}`
    }),
    ...ledger.inFlight.map(inFlightText),
    ledger.closes ? `The ledger closes${closingText(ledger)}` : 'The ledger does not close.',
  ]
}

const upToText = ({ upTo }: Ledger): string =>
  upTo
    ? `Up to batch ${count(upTo.batchId)}, committed ${upTo.committedAt ?? 'at a time that its progress does not say'}.`
    : 'No batch is committed yet.'

const closingText = ({ inFlightRecords }: Ledger): string =>
  inFlightRecords === 0 ? '. Nothing is in flight.' : `, with ${count(inFlightRecords)} records in flight.`

const STAGES: Record<InFlight['stage'], string> = {
  producer: 'sent and not answered yet',
  metrics: 'accepted, not yet in the count that CloudWatch has of the stream',
  stream: 'in the stream, not in a committed batch yet',
}

const inFlightText = ({ stage, records, oldestMs }: InFlight): string =>
  `In flight: ${count(records)} records ` +
  `${STAGES[stage]}${oldestMs === null ? '' : `, the oldest up to ${duration(oldestMs)} old`}.`

const when = (shown: boolean, lines: CountedLine[]): CountedLine[] => (shown ? lines : [])

export function latencyText(latency: Latency): string {
  if (latency.samples === 0) return 'Latency: no sampled record was loaded.'
  const { p50Ms, p95Ms, p99Ms } = latency
  return (
    `From sent to loaded: p50 ${duration(p50Ms)}, p95 ${duration(p95Ms)}, p99 ${duration(p99Ms)} ` +
    `(${count(latency.samples)} records, drawn evenly)`
  )
}

export const partitionText = (stream: StreamDescription): string[] =>
  table([
    [stream.words.partition, 'state', 'records', 'bytes'],
    ...stream.partitions.map(partition => [
      partition.id,
      partition.state,
      count(partition.received.records),
      bytes(partition.received.bytes),
    ]),
  ])

/** A query's result as a table, with how many rows it is of how many. */
export function resultText(result: QueryResult): string[] {
  const rows = result.rows.map(row => row.map(cell => (cell === null ? 'null' : String(cell))))
  const total = result.truncated
    ? `the first ${count(result.rows.length)} of ${count(result.totalRows)} rows`
    : `${count(result.totalRows)} rows`
  return [...table([result.columns.map(column => column.name), ...rows]), `${total}, ${duration(result.durationMs)}`]
}
