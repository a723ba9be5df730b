import type { AdviceFigure, Lag } from '../../../shared/features/lag.ts'
import { Ago } from '../../ui/figure.tsx'
import { absolute, bytes, count, duration, rate } from '../../ui/format.ts'
import { type Column, Table } from '../../ui/table/table.tsx'

/** Why it is behind, what would help, and which records expired: nothing while there is nothing to say. */
export function AdviceNote({ lag }: { lag: Lag }) {
  const { advice, total, retentionHours } = lag
  const isShown = advice.limit !== 'none' && advice.limit !== 'unknown'
  return (
    <>
      {lag.gaps.length > 0 && <Gaps gaps={lag.gaps} />}
      {!!total.lostRecords && (
        <p className="advice" data-state="bad" role="status">
          <strong>Records expired before they were read:</strong> about {count(total.lostRecords)}
          {total.lostBytes !== null && ` (${bytes(total.lostBytes)})`}, older than the retention of {retentionHours} h.
          They cannot be read any more. A longer retention keeps new records for longer.
        </p>
      )}
      {isShown && (
        <div className="advice" data-state={advice.limit === 'stopped' ? 'bad' : 'warning'} role="status">
          {advice.sentence}
          {advice.figures.length > 0 && (
            <details>
              <summary>Show the figures behind this</summary>
              <Table
                variant="list"
                label="Figures behind the advice"
                rows={advice.figures}
                columns={FIGURES}
                keyOf={labelOf}
                empty="None."
              />
            </details>
          )}
        </div>
      )}
    </>
  )
}

function Gaps({ gaps }: { gaps: Lag['gaps'] }) {
  return (
    <div className="advice" data-state="bad" role="status">
      <strong>The reader found records that had expired before it read them.</strong> Their number is not known.
      <ul className="plain">
        {gaps.map(gap => (
          <li key={`${gap.partitionId} ${gap.foundAt}`}>
            {gap.partitionId}: records that arrived between {spanOf(gap)}, found <Ago ms={Date.parse(gap.foundAt)} />
          </li>
        ))}
      </ul>
    </div>
  )
}

const FIGURES: readonly Column<AdviceFigure>[] = [
  { id: 'label', header: 'Figure', cell: figure => figure.label },
  { id: 'value', header: 'Value', align: 'end', cell: valueText },
  { id: 'source', header: 'Source', cell: figure => <span className="note">{figure.source}</span> },
]
const labelOf = ({ label }: AdviceFigure): string => label

function valueText({ value, unit }: AdviceFigure): string {
  if (unit === 'ms') return duration(value)
  if (unit === 'bytes') return bytes(value)
  if (unit === 'bytes/s') return `${bytes(value)}/s`
  return `${unit.endsWith('/s') ? rate(value) : count(value)} ${unit}`
}

const spanOf = ({ from, until }: Lag['gaps'][number]): string =>
  `${from ? absolute(Date.parse(from)) : 'an unknown time'} and ${absolute(Date.parse(until))}`
