import { useMemo } from 'react'
import type { BatchSummary } from '../../../shared/features/jobs.ts'
import { changeQuery, currentRoute, useRoute } from '../../route/route.ts'
import { clock, count } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { BatchCharts } from './batch-charts.tsx'
import { BatchDetailCard } from './batch-detail.tsx'
import { BatchTable } from './batch-table.tsx'
import { useBatches } from './use-batches.ts'

/**
 * The batches of the query so far, newest first: new ones follow by themselves, older ones are fetched when they are
 * asked for.
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
  return (
    <>
      <section className="card">
        <div className="card-head">
          <h2>Batches</h2>
          <span className="note">
            {count(batches.length)} newest, {clock(fromMs)} to {clock(toMs)}; one point per batch
          </span>
          <ExportButtons name="batches" table={() => tableOf(batches)} />
        </div>
        <BatchCharts batches={times} triggerMs={triggerMs} fromMs={fromMs} toMs={toMs} />
        {error && <Problem error={error} />}
        <BatchTable batches={batches} chosen={chosen ?? undefined} onChoose={choose} />
        {(batches.at(-1)?.batchId ?? 0) > 0 && (
          <button type="button" className="link" onClick={more}>
            Load older batches
          </button>
        )}
      </section>
      {chosen !== null && <BatchDetailCard key={chosen} batchId={Number(chosen)} />}
    </>
  )
}

/** Opens a batch, or closes the one that is open. */
const choose = (batchId: string): void =>
  changeQuery({ batch: currentRoute().query.get('batch') === batchId ? undefined : batchId })

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
