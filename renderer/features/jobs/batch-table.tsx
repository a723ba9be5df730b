import { useMemo } from 'react'
import type { BatchSummary } from '../../../shared/features/jobs.ts'
import { absolute, bytes, clock, count, duration } from '../../ui/format.ts'
import { type Column, Table } from '../../ui/table/table.tsx'

const MAX_HEIGHT = 320

interface BatchTableProps {
  batches: readonly BatchSummary[]
  /** The id of the batch that is open. */
  chosen: string | undefined
  onChoose: (batchId: string) => void
}

/** Batches with what each did; a batch opens with what it read and left behind. */
export function BatchTable({ batches, chosen, onChoose }: BatchTableProps) {
  const columns = useMemo(() => [idColumn(onChoose), ...COLUMNS], [onChoose])
  return (
    <Table
      label="Batches"
      rows={batches}
      columns={columns}
      keyOf={idOf}
      chosen={chosen}
      onChoose={onChoose}
      empty="No batches yet."
      maxHeight={MAX_HEIGHT}
    />
  )
}

const idOf = ({ batchId }: BatchSummary): string => String(batchId)
const duplicatesOf = ({ counts }: BatchSummary): number => counts.duplicatesInBatch + counts.duplicatesMatched

const idColumn = (onChoose: (batchId: string) => void): Column<BatchSummary> => ({
  id: 'batch',
  header: 'Batch',
  sortBy: batch => batch.batchId,
  cell: batch => (
    <button
      type="button"
      className="link"
      aria-label={`Batch ${count(batch.batchId)}: records, files and rows`}
      onClick={() => onChoose(idOf(batch))}
    >
      {count(batch.batchId)}
    </button>
  ),
})

const numeric = (
  id: string,
  header: string,
  of: (batch: BatchSummary) => number,
  text: (value: number) => string = count,
): Column<BatchSummary> => ({ id, header, align: 'end', sortBy: of, cell: batch => text(of(batch)) })

const COLUMNS: readonly Column<BatchSummary>[] = [
  {
    id: 'committed',
    header: 'Committed',
    align: 'end',
    sortBy: batch => batch.committedAt,
    cell: batch => <span title={absolute(Date.parse(batch.committedAt))}>{clock(Date.parse(batch.committedAt))}</span>,
  },
  numeric('duration', 'Duration', batch => batch.batchDurationMs, duration),
  numeric('read', 'Read', batch => batch.counts.read),
  numeric('loaded', 'Loaded', batch => batch.counts.loaded),
  numeric('duplicates', 'Duplicates', duplicatesOf),
  numeric('late', 'Late', batch => batch.counts.late),
  numeric('invalid', 'Invalid', batch => batch.counts.invalid),
  {
    id: 'watermark',
    header: 'Watermark',
    align: 'end',
    sortBy: batch => batch.watermark,
    cell: batch => (batch.watermark ? absolute(Date.parse(batch.watermark)).slice(5, 16) : '–'),
  },
  {
    id: 'state',
    header: 'State',
    align: 'end',
    sortBy: batch => batch.stateRows,
    cell: batch => (batch.stateRows === 0 ? 'none' : `${count(batch.stateRows)} rows, ${bytes(batch.stateBytes)}`),
  },
]
