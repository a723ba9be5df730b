import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { Ledger } from '../../../shared/features/ledger.ts'
import { count } from '../../ui/format.ts'

const ROWS: [name: string, who: string, of: (ledger: Ledger) => number][] = [
  ['Sent', 'the simulator', ledger => ledger.sent],
  ['Accepted', 'the simulator', ledger => ledger.accepted],
  ['Received', 'the stream', ledger => ledger.received],
  ['Read', 'positions in the checkpoint', ledger => ledger.read],
  ['Invalid', 'lines in quarantine', ledger => ledger.invalid],
  ['Late', 'lines in quarantine', ledger => ledger.late],
  ['Duplicates', 'the batch table', ledger => ledger.duplicates],
  ['Loaded', 'rows of the fact table', ledger => ledger.loaded],
]

/** Every record accounted for, each count with who made it. */
export function LedgerTable({ ledger }: { ledger: Ledger }) {
  const open = ledger.differences.filter(entry => entry.difference !== 0)
  return (
    <>
      <table className="ledger">
        <caption className="visually-hidden">Records by what became of them</caption>
        <tbody>
          {ROWS.map(([name, who, of]) => (
            <tr key={name}>
              <th scope="row">
                {name} <span className="note">counted by {who}</span>
              </th>
              <td>{count(of(ledger))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="note">Of the job that loads the warehouse; sinks of files (parquet, json) are not in it.</p>
      <div className="ledger-state">
        {ledger.closes ? (
          <StatusIndicator type="success">It closes: every record has its place.</StatusIndicator>
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
