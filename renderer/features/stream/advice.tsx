import type { AdviceFigure, Lag } from '../../../shared/features/lag.ts'
import { Ago } from '../../ui/figure.tsx'
import { absolute, bytes, count, duration, rate } from '../../ui/format.ts'

/** Why it is behind, what would help, and what retention has taken: nothing while there is nothing to say. */
export function AdviceNote({ lag }: { lag: Lag }) {
  const { advice, total, retentionHours } = lag
  const isTold = advice.limit !== 'none' && advice.limit !== 'unknown'
  return (
    <>
      {lag.gaps.length > 0 && (
        <div className="advice" data-state="bad" role="status">
          <strong>The reader found records that had expired before it read them.</strong> How many, nobody can tell.
          <ul className="plain">
            {lag.gaps.map(gap => (
              <li key={`${gap.shardId} ${gap.foundAt}`}>
                {gap.shardId}: what arrived between {gap.from ? absolute(Date.parse(gap.from)) : 'an unknown time'} and{' '}
                {absolute(Date.parse(gap.until))}, found <Ago ms={Date.parse(gap.foundAt)} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {!!total.lostRecords && (
        <p className="advice" data-state="bad" role="status">
          <strong>Retention took records before they were read:</strong> about {count(total.lostRecords)}
          {total.lostBytes !== null && ` (${bytes(total.lostBytes)})`} were older than {retentionHours} h. They cannot
          be read any more. A longer retention keeps what comes from now on.
        </p>
      )}
      {isTold && (
        <div className="advice" data-state={advice.limit === 'stopped' ? 'bad' : 'warning'} role="status">
          {advice.sentence}
          {advice.figures.length > 0 && (
            <details>
              <summary>The figures that this rests on</summary>
              <table className="ledger">
                <tbody>
                  {advice.figures.map(figure => (
                    <tr key={figure.label}>
                      <th scope="row">{figure.label}</th>
                      <td>{valueText(figure)}</td>
                      <td className="note">{figure.source}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </details>
          )}
        </div>
      )}
    </>
  )
}

function valueText({ value, unit }: AdviceFigure): string {
  if (unit === 'ms') return duration(value)
  if (unit === 'bytes') return bytes(value)
  if (unit === 'bytes/s') return `${bytes(value)}/s`
  return `${unit.endsWith('/s') ? rate(value) : count(value)} ${unit}`
}
