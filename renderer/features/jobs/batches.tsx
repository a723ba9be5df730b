import { useMemo } from 'react'
import type { BatchSummary } from '../../../shared/features/jobs.ts'
import { changeQuery, useRoute } from '../../route/route.ts'
import { TimeChart } from '../../ui/chart/chart.tsx'
import { absolute, bytes, clock, count, duration, rate } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { BatchDetailCard } from './batch-detail.tsx'
import { useBatches } from './use-batches.ts'

/** Rows that are made into elements at most. */
const ROWS_SHOWN = 1_000

/**
 * The batches of the query so far, newest first: those of now follow by themselves, older ones are fetched when they
 * are asked for.
 */
export function Batches({ newest }: { newest: number }) {
  const { batches, triggerMs, error, more } = useBatches(newest)
  const chosen = useRoute().query.get('batch')
  const times = useMemo(() => [...batches].reverse(), [batches])
  const [from, to] = [times[0], times.at(-1)]
  if (error && batches.length === 0) return <Problem error={error} />
  if (!from || !to)
    return (
      <section className="card note batches-loading" aria-busy="true">
        Reading the progress of the batches.
      </section>
    )
  const fromMs = Date.parse(from.committedAt)
  const toMs = Math.max(fromMs + 1_000, Date.parse(to.committedAt))
  const line = (name: string, value: (batch: BatchSummary) => number) => ({
    name,
    points: times.map((batch): [number, number] => [Date.parse(batch.committedAt), value(batch)]),
  })
  const choose = (batchId: number) => changeQuery({ batch: String(batchId) === chosen ? undefined : String(batchId) })
  return (
    <>
      <section className="card">
        <div className="card-head">
          <h2>Batches</h2>
          <span className="note">
            {count(batches.length)} newest, {clock(fromMs)} to {clock(toMs)}; one point a batch
          </span>
          <ExportButtons name="batches" table={() => tableOf(batches)} />
        </div>
        <div className="columns-even">
          <TimeChart
            label="Input against processing"
            source="the query's progress"
            unit="rows/s"
            fromMs={fromMs}
            toMs={toMs}
            height={150}
            format={perSecond}
            lines={[
              line('input', batch => batch.inputRowsPerSecond),
              line('can process', batch => batch.processedRowsPerSecond),
            ]}
          />
          <TimeChart
            label="Batch duration"
            source="start to commit, the query's progress"
            unit="time a batch"
            fromMs={fromMs}
            toMs={toMs}
            height={150}
            format={duration}
            limit={{ name: `trigger ${duration(triggerMs)}`, value: triggerMs }}
            lines={[line('duration', batch => batch.batchDurationMs)]}
          />
        </div>
        {error && <Problem error={error} />}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
        <section className="batch-list" tabIndex={0} aria-label="Batches, newest first">
          <table className="ledger">
            <thead>
              <tr>
                {[
                  'Batch',
                  'Committed',
                  'Took',
                  'Read',
                  'Loaded',
                  'Duplicates',
                  'Late',
                  'Invalid',
                  'Watermark',
                  'State',
                ].map(name => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {batches.slice(0, ROWS_SHOWN).map(batch => (
                <tr key={batch.batchId} aria-current={String(batch.batchId) === chosen ? 'true' : undefined}>
                  <th scope="row">
                    <button
                      type="button"
                      className="link"
                      aria-label={`Batch ${count(batch.batchId)}: its records, files and rows`}
                      onClick={() => choose(batch.batchId)}
                    >
                      {count(batch.batchId)}
                    </button>
                  </th>
                  <td title={absolute(Date.parse(batch.committedAt))}>{clock(Date.parse(batch.committedAt))}</td>
                  <td>{duration(batch.batchDurationMs)}</td>
                  <td>{count(batch.counts.read)}</td>
                  <td>{count(batch.counts.loaded)}</td>
                  <td>{count(batch.counts.duplicatesInBatch + batch.counts.duplicatesMatched)}</td>
                  <td>{count(batch.counts.late)}</td>
                  <td>{count(batch.counts.invalid)}</td>
                  <td>{batch.watermark ? absolute(Date.parse(batch.watermark)).slice(5, 16) : '–'}</td>
                  <td>
                    {batch.stateRows === 0 ? 'none' : `${count(batch.stateRows)} rows, ${bytes(batch.stateBytes)}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        {(batches.at(-1)?.batchId ?? 0) > 0 && (
          <button type="button" className="link" onClick={more}>
            Older batches
          </button>
        )}
      </section>
      {chosen !== null && <BatchDetailCard key={chosen} batchId={Number(chosen)} />}
    </>
  )
}

const perSecond = (value: number): string => `${rate(value)}/s`

/** For a spreadsheet: numbers as they are, in their base units. */
function tableOf(batches: readonly BatchSummary[]) {
  const columns = [
    'batch_id',
    'started_at',
    'committed_at',
    'duration_ms',
    'input_rows_per_second',
    'processed_rows_per_second',
    'read',
    'loaded',
    'duplicates_in_batch',
    'duplicates_matched',
    'late',
    'invalid',
    'watermark',
    'state_rows',
    'state_bytes',
  ]
  return {
    columns,
    rows: batches.map(({ counts, ...batch }) => [
      batch.batchId,
      batch.startedAt,
      batch.committedAt,
      batch.batchDurationMs,
      batch.inputRowsPerSecond,
      batch.processedRowsPerSecond,
      counts.read,
      counts.loaded,
      counts.duplicatesInBatch,
      counts.duplicatesMatched,
      counts.late,
      counts.invalid,
      batch.watermark ?? null,
      batch.stateRows,
      batch.stateBytes,
    ]),
  }
}
