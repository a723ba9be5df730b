import { useMemo } from 'react'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { countOf, type SourceWords } from '../../../shared/pipelines/source-words.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { count } from '../../ui/format.ts'
import { ColumnChoice } from '../../ui/table/column-choice.tsx'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { Table } from '../../ui/table/table.tsx'
import type { MeasuredBy } from './measured-by.tsx'
import { partitionColumns } from './partition-columns.tsx'
import type { PartitionRow } from './partition-rows.ts'

/** Which columns this user wants to see; undefined: never chosen. */
const useChosenColumns = create<{ shown?: readonly string[] }>()(persist(() => ({}), { name: 'sluice-shard-columns' }))

interface PartitionTableProps {
  rows: PartitionRow[]
  by: MeasuredBy
  chosen: string | undefined
  onChoose: (partition: string) => void
  loading: boolean
}

/** Nothing will come of it any more: it stays below what still matters, however they are sorted. */
const isOver = (row: PartitionRow): boolean => row.state === 'drained'

/** All partitions, with the closed ones, to be sorted, copied and saved. */
export function PartitionTable({ rows, by, chosen, onChoose, loading }: PartitionTableProps) {
  const words = useWords()
  const columns = useMemo(() => partitionColumns(by, words), [by, words])
  const chosenColumns = useChosenColumns(({ shown }) => shown)
  const visible = useMemo(
    () => columns.filter(({ id, first }) => chosenColumns?.includes(id) ?? first),
    [columns, chosenColumns],
  )
  return (
    <section className="card">
      <div className="card-head">
        <h2>{capital(words.partitions)}</h2>
        <span className="note">{partitionsText(rows, words)}</span>
        <ExportButtons name={words.partitions} table={() => tableOf(rows, by, words)} />
        <ColumnChoice
          title={`Columns of the ${words.partitions}`}
          columns={columns}
          shown={visible.map(column => column.id)}
          onChange={shown => useChosenColumns.setState({ shown })}
        />
      </div>
      <Table
        label={capital(words.partitions)}
        rows={rows}
        columns={visible}
        keyOf={keyOf}
        sorted={BY_ID}
        isLast={isOver}
        chosen={chosen}
        onChoose={onChoose}
        empty={loading ? `Loading ${words.partitions}.` : `No ${words.partitions}: the stream does not exist yet.`}
      />
    </section>
  )
}

/** `3 shards, 1 closed; drained shards come last`. */
function partitionsText(rows: readonly PartitionRow[], words: SourceWords): string {
  const closed = rows.filter(row => row.state !== 'open').length
  const last = rows.some(isOver) ? `; drained ${words.partitions} come last` : ''
  return `${countOf(rows.length, words)}${closed > 0 ? `, ${count(closed)} closed` : ''}${last}`
}

const BY_ID = { by: 'id', descending: false }
const keyOf = (row: PartitionRow): string => row.id

/**
 * The partitions as rows for a spreadsheet: numbers as they are, in their base units; all columns, whichever are shown.
 */
function tableOf(rows: readonly PartitionRow[], by: MeasuredBy, words: SourceWords) {
  const columns = [
    words.partition,
    'state',
    'parents',
    'waits_for',
    'share_of_keys',
    'keys',
    'records_per_second_in',
    'bytes_per_second_in',
    by === 'job' ? 'behind_ms' : `behind_ms_by_${by}`,
    'behind_within_ms',
    'behind_records',
    'behind_bytes',
    'trend_records_per_second',
    'catch_up_seconds',
    'retention_left_ms',
    'lost_records',
    'received_records',
    'received_bytes',
    'position',
  ]
  return {
    columns,
    rows: rows.map(row => [
      row.id,
      row.state,
      row.parents.join(' '),
      row.waitsFor.join(' '),
      row.keys?.share ?? null,
      row.keys?.range ?? '',
      row.receivedPerSecond ?? null,
      row.receivedBytesPerSecond ?? null,
      row.behindMs,
      row.behindWithinMs,
      row.behindRecords,
      row.behindBytes,
      row.trendPerSecond,
      row.catchUpSeconds,
      row.retentionLeftMs,
      row.lostRecords,
      row.receivedRecords,
      row.receivedBytes,
      row.position,
    ]),
  }
}
