import { rangeText } from '../ui/chart/chart.tsx'
import { LASTS, showLast, useRange } from './range.ts'

/**
 * The time that the charts of the page show: the newest, or a range that was dragged over a chart or came with the
 * link.
 */
export function RangeBar() {
  const range = useRange()
  return (
    <fieldset className="range-bar">
      <legend className="visually-hidden">Time range of the charts</legend>
      {range.kind === 'fixed' && (
        <span className="range-fixed">
          <time>{rangeText(range.fromMs, range.toMs)}</time>
          <button type="button" onClick={() => showLast(LASTS[0].query)}>
            Back to now
          </button>
        </span>
      )}
      {LASTS.map(({ text, query, ms }) => (
        <button
          key={query}
          type="button"
          aria-pressed={range.kind === 'last' && range.lastMs === ms}
          onClick={() => showLast(query)}
          title={`Last ${text}, updated continuously. Drag across a chart to select another range.`}
        >
          {text}
        </button>
      ))}
    </fieldset>
  )
}
