import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { Ledger } from '../../../shared/features/ledger.ts'
import { count } from '../../ui/format.ts'

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

/** Every record accounted for, and every row that came in them, each count with who made it. */
export function LedgerTable({ ledger }: { ledger: Ledger }) {
  const open = ledger.differences.filter(entry => entry.difference !== 0)
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
        </tbody>
      </table>
      <p className="note">
        Of the job that loads the warehouse; sinks of files (parquet, json) are not in it.
        {bySimulator(ledger) ? '' : ' The simulator of this console has sent nothing: what it counts is left out.'}
      </p>
      <div className="ledger-state">
        {ledger.closes ? (
          <StatusIndicator type="success">It closes: every record and every row has its place.</StatusIndicator>
        ) : (
          <>
            <StatusIndicator type="in-progress">Under way</StatusIndicator>
            <ul className="note">
              {open.map(entry => (
                <li key={entry.name}>
                  {entry.name}: {count(entry.left)} against {count(entry.right)}
                </li>
              ))}
              {ledger.unconfirmed > 0 && <li>{count(ledger.unconfirmed)} unconfirmed</li>}
            </ul>
          </>
        )}
      </div>
    </>
  )
}
