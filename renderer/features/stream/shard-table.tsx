import { useMemo } from 'react'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { count } from '../../ui/format.ts'
import { ColumnChoice } from '../../ui/table/column-choice.tsx'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { Table } from '../../ui/table/table.tsx'
import type { MeasuredBy } from './measured-by.tsx'
import { shardColumns } from './shard-columns.tsx'
import type { ShardRow } from './shard-rows.ts'

/** Which columns this user wants to see; undefined: never chosen. */
const useChosenColumns = create<{ shown?: readonly string[] }>()(persist(() => ({}), { name: 'sluice-shard-columns' }))

interface ShardTableProps {
  rows: ShardRow[]
  by: MeasuredBy
  chosen: string | undefined
  onChoose: (shard: string) => void
  loading: boolean
}

/** Nothing will come of it any more: it stays below what still matters, however they are sorted. */
const isOver = (row: ShardRow): boolean => row.state === 'drained'

/** All shards, with the closed ones, to be sorted, copied and saved. */
export function ShardTable({ rows, by, chosen, onChoose, loading }: ShardTableProps) {
  const columns = shardColumns(by)
  const chosenColumns = useChosenColumns(({ shown }) => shown)
  const visible = useMemo(
    () => columns.filter(({ id, first }) => chosenColumns?.includes(id) ?? first),
    [columns, chosenColumns],
  )
  return (
    <section className="card">
      <div className="card-head">
        <h2>Shards</h2>
        <span className="note">{shardsText(rows)}</span>
        <ExportButtons name="shards" table={() => tableOf(rows, by)} />
        <ColumnChoice
          title="Columns of the shards"
          columns={columns}
          shown={visible.map(column => column.id)}
          onChange={shown => useChosenColumns.setState({ shown })}
        />
      </div>
      <Table
        label="Shards"
        rows={rows}
        columns={visible}
        keyOf={keyOf}
        sorted={BY_ID}
        isLast={isOver}
        chosen={chosen}
        onChoose={onChoose}
        empty={loading ? 'Loading shards.' : 'No shards: the stream does not exist yet.'}
      />
    </section>
  )
}

/** `3 shards, 1 closed; drained shards come last`. */
function shardsText(rows: readonly ShardRow[]): string {
  const closed = rows.filter(row => row.state !== 'open').length
  const shards = `${count(rows.length)} ${rows.length === 1 ? 'shard' : 'shards'}`
  const drained = rows.some(isOver) ? '; drained shards come last' : ''
  return `${shards}${closed > 0 ? `, ${count(closed)} closed` : ''}${drained}`
}

const BY_ID = { by: 'id', descending: false }
const keyOf = (row: ShardRow): string => row.id

/** The shards as rows for a spreadsheet: numbers as they are, in their base units; all columns, whichever are shown. */
function tableOf(rows: readonly ShardRow[], by: MeasuredBy) {
  const columns = [
    'shard',
    'state',
    'parents',
    'waits_for',
    'hash_start',
    'hash_end',
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
      row.hashStart,
      row.hashEnd,
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
