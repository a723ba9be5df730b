import type { InFlight, Ledger } from '../../../shared/features/ledger.ts'
import { count, duration } from '../../ui/format.ts'
import { Status } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'

interface Row {
  name: string
  unit: 'records' | 'rows'
  who: string
  of: (ledger: Ledger) => number
  /** Whether it is shown; always without it. */
  when?: (ledger: Ledger) => boolean
}

const bySimulator = (ledger: Ledger): boolean => ledger.sent > 0
const beganElsewhere = (ledger: Ledger): boolean => ledger.readAgain > 0 || ledger.skipped > 0

const ROWS: Row[] = [
  { name: 'Sent', unit: 'records', who: 'simulator', of: ledger => ledger.sent, when: bySimulator },
  { name: 'Accepted', unit: 'records', who: 'simulator', of: ledger => ledger.accepted, when: bySimulator },
  { name: 'Received', unit: 'records', who: 'stream counters', of: ledger => ledger.received },
  {
    name: 'Other producers',
    unit: 'records',
    who: 'stream counters, less the simulator',
    of: ledger => ledger.others,
    when: ledger => ledger.others > 0,
  },
  { name: 'Read', unit: 'records', who: 'committed offsets', of: ledger => ledger.read },
  { name: 'Read again', unit: 'records', who: 'checkpoint', of: ledger => ledger.readAgain, when: beganElsewhere },
  { name: 'Skipped', unit: 'records', who: 'checkpoint', of: ledger => ledger.skipped, when: beganElsewhere },
  { name: 'In batches', unit: 'records', who: 'batch table', of: ledger => ledger.batchRecords },
  { name: 'Rows in batches', unit: 'rows', who: 'batch table', of: ledger => ledger.rows },
  { name: 'Invalid', unit: 'rows', who: 'quarantine files', of: ledger => ledger.invalid },
  { name: 'Late', unit: 'rows', who: 'quarantine files', of: ledger => ledger.late },
  { name: 'Duplicates', unit: 'rows', who: 'batch table', of: ledger => ledger.duplicates },
  { name: 'Loaded', unit: 'rows', who: 'fact table', of: ledger => ledger.loaded },
]

const STAGES: Record<InFlight['stage'], string> = {
  producer: 'records sent and not answered yet',
  metrics: "records accepted and not yet in CloudWatch's count",
  stream: 'records in the stream, not in a committed batch yet',
}

interface Line {
  name: string
  note: string
  count: number
}

const COLUMNS: readonly Column<Line>[] = [
  {
    id: 'name',
    header: 'Count',
    cell: ({ name, note }) => (
      <>
        {name} <span className="note">{note}</span>
      </>
    ),
  },
  { id: 'count', header: 'Records or rows', align: 'end', cell: line => count(line.count) },
]
const nameOf = ({ name }: Line): string => name

function linesOf(ledger: Ledger): Line[] {
  return [
    ...ROWS.filter(({ when }) => when?.(ledger) ?? true).map(({ name, unit, who, of }) => ({
      name,
      note: `${unit}, source: ${who}`,
      count: of(ledger),
    })),
    { name: 'In flight', note: inFlightText(ledger), count: ledger.inFlightRecords },
  ]
}

/** Every record accounted for, and every row that came in them, each count with who made it. */
export function LedgerTable({ ledger }: { ledger: Ledger }) {
  return (
    <>
      <Table
        variant="list"
        label="Records and rows by what became of them"
        rows={linesOf(ledger)}
        columns={COLUMNS}
        keyOf={nameOf}
        empty="Nothing was counted."
      />
      <p className="note">
        For the job that loads the warehouse; file sinks (parquet, json) are not included.
        {bySimulator(ledger) ? '' : ' The simulator of this console has sent nothing: its counts are left out.'}
      </p>
      <LedgerState ledger={ledger} />
    </>
  )
}

const inFlightText = ({ inFlight }: Ledger): string =>
  inFlight.length === 0
    ? 'records between two stages'
    : inFlight
        .map(({ stage, records, oldestMs }) => {
          const counted = inFlight.length > 1 ? `${count(records)} ` : ''
          const age = oldestMs === null ? '' : `, the oldest up to ${duration(oldestMs)} old`
          return `${counted}${STAGES[stage]}${age}`
        })
        .join('; ')

/** Whether every equation holds; each that does not, by its name. */
function LedgerState({ ledger }: { ledger: Ledger }) {
  const failed = ledger.differences.filter(entry => entry.difference !== 0)
  if (ledger.closes)
    return (
      <div className="ledger-state">
        <Status type="success">
          {ledger.inFlightRecords === 0
            ? 'The ledger closes: every record and row is accounted for.'
            : 'The ledger closes: records not loaded or quarantined are in flight.'}
        </Status>
      </div>
    )
  return (
    <div className="ledger-state">
      {failed.length === 0 ? (
        <Status type="warning">
          {count(ledger.unconfirmed)} records are unconfirmed: the simulator looks them up in the stream.
        </Status>
      ) : (
        <Status type="error">The ledger does not close: {count(ledger.difference)} records or rows differ</Status>
      )}
      <ul className="note">
        {failed.map(entry => (
          <li key={entry.name}>
            {entry.name}: {count(entry.left)} against {count(entry.right)}
          </li>
        ))}
      </ul>
    </div>
  )
}
