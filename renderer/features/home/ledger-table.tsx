import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { InFlight, Ledger } from '../../../shared/features/ledger.ts'
import { count, duration } from '../../ui/format.ts'

interface Row {
  name: string
  unit: 'records' | 'rows'
  who: string
  of: (ledger: Ledger) => number
  /** Whether it is told; always, if it does not say. */
  when?: (ledger: Ledger) => boolean
}

const bySimulator = (ledger: Ledger): boolean => ledger.sent > 0
const beganElsewhere = (ledger: Ledger): boolean => ledger.readAgain > 0 || ledger.skipped > 0

const ROWS: Row[] = [
  { name: 'Sent', unit: 'records', who: 'the simulator', of: ledger => ledger.sent, when: bySimulator },
  { name: 'Accepted', unit: 'records', who: 'the simulator', of: ledger => ledger.accepted, when: bySimulator },
  { name: 'Received', unit: 'records', who: 'the stream', of: ledger => ledger.received },
  {
    name: 'By others',
    unit: 'records',
    who: 'the stream: received, and not from the simulator',
    of: ledger => ledger.others,
    when: ledger => ledger.others > 0,
  },
  { name: 'Read', unit: 'records', who: 'positions in the checkpoint', of: ledger => ledger.read },
  { name: 'Read again', unit: 'records', who: 'the checkpoint', of: ledger => ledger.readAgain, when: beganElsewhere },
  { name: 'Skipped', unit: 'records', who: 'the checkpoint', of: ledger => ledger.skipped, when: beganElsewhere },
  { name: 'Of batches', unit: 'records', who: 'the batch table', of: ledger => ledger.batchRecords },
  { name: 'Held', unit: 'rows', who: 'the batch table', of: ledger => ledger.rows },
  { name: 'Invalid', unit: 'rows', who: 'lines in quarantine', of: ledger => ledger.invalid },
  { name: 'Late', unit: 'rows', who: 'lines in quarantine', of: ledger => ledger.late },
  { name: 'Duplicates', unit: 'rows', who: 'the batch table', of: ledger => ledger.duplicates },
  { name: 'Loaded', unit: 'rows', who: 'rows of the fact table', of: ledger => ledger.loaded },
]

const STAGES: Record<InFlight['stage'], string> = {
  producer: 'records sent and not answered yet',
  metrics: "records accepted and not yet in CloudWatch's count",
  stream: 'records in the stream, not in a committed batch yet',
}

/** Every record accounted for, and every row that came in them, each count with who made it. */
export function LedgerTable({ ledger }: { ledger: Ledger }) {
  return (
    <>
      <table className="ledger">
        <caption className="visually-hidden">Records and their rows by what became of them</caption>
        <tbody>
          {ROWS.filter(({ when }) => when?.(ledger) ?? true).map(({ name, unit, who, of }) => (
            <tr key={name}>
              <th scope="row">
                {name}{' '}
                <span className="note">
                  {unit}, counted by {who}
                </span>
              </th>
              <td>{count(of(ledger))}</td>
            </tr>
          ))}
          <tr className="ledger-in-flight">
            <th scope="row">
              In flight <span className="note">{inFlightText(ledger)}</span>
            </th>
            <td>{count(ledger.inFlightRecords)}</td>
          </tr>
        </tbody>
      </table>
      <p className="note">
        Of the job that loads the warehouse; sinks of files (parquet, json) are not in it.
        {bySimulator(ledger) ? '' : ' The simulator of this console has sent nothing: what it counts is left out.'}
      </p>
      <LedgerState ledger={ledger} />
    </>
  )
}

const inFlightText = ({ inFlight }: Ledger): string =>
  inFlight.length === 0
    ? 'records between two stages'
    : inFlight
        .map(
          ({ stage, records, oldestMs }) =>
            `${inFlight.length > 1 ? `${count(records)} ` : ''}${STAGES[stage]}${oldestMs === null ? '' : `, the oldest up to ${duration(oldestMs)} old`}`,
        )
        .join('; ')

/** Whether every equation holds; each that does not, by its name. */
function LedgerState({ ledger }: { ledger: Ledger }) {
  const failed = ledger.differences.filter(entry => entry.difference !== 0)
  if (ledger.closes)
    return (
      <div className="ledger-state">
        <StatusIndicator type="success">
          {ledger.inFlightRecords === 0
            ? 'It closes: every record and every row is accounted for.'
            : 'It closes: what is not loaded or set aside is in flight.'}
        </StatusIndicator>
      </div>
    )
  return (
    <div className="ledger-state">
      {failed.length === 0 ? (
        <StatusIndicator type="warning">
          {count(ledger.unconfirmed)} records are unconfirmed: the simulator looks them up in the stream.
        </StatusIndicator>
      ) : (
        <StatusIndicator type="error">
          It does not close: {count(ledger.difference)} records or rows differ
        </StatusIndicator>
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
