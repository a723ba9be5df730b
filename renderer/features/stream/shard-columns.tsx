import { memo, type ReactNode } from 'react'
import { linkTo } from '../../route/route.ts'
import { bytes, count, duration, rate } from '../../ui/format.ts'
import { Status } from '../../ui/status.tsx'
import type { Column } from '../../ui/table/table.tsx'
import { ageText, ageTitle, catchUpText, shortId, trendText } from './lag-words.ts'
import type { MeasuredBy } from './measured-by.tsx'
import type { ShardRow } from './shard-rows.ts'

export interface ShardColumn extends Column<ShardRow> {
  /** Shown until the user chooses; together they fit a window of 1280. */
  first: boolean
}

/** A row is drawn once a second for its numbers; its state seldom changes. */
const State = memo(Status)

const MARKS = { open: 'success', draining: 'in-progress', drained: 'stopped', closed: 'stopped' } as const

const two = (above: string, below: string | null) => (
  <>
    {above}
    {below !== null && <div className="note">{below}</div>}
  </>
)
const known = <T,>(value: T | null | undefined, text: (value: T) => string): string =>
  value == null ? '–' : text(value)

const SHARD: ShardColumn = {
  id: 'id',
  header: 'Shard',
  width: 205,
  first: true,
  sortBy: row => row.id,
  cell: row => (
    <>
      <a href={linkTo('stream', { shard: row.id })}>{row.id}</a>
      <div className="note" title={`hash keys ${row.hashStart} to ${row.hashEnd}`}>
        {(row.keyShare * 100).toFixed(2)} % of the keys
        {row.parents.length > 0 && `, from ${row.parents.map(shortId).join(' and ')}`}
      </div>
    </>
  ),
}

const STATE: ShardColumn = {
  id: 'state',
  header: 'State',
  width: 125,
  first: true,
  sortBy: row => row.state,
  cell: row => (
    <>
      <State type={row.waitsFor.length > 0 ? 'pending' : MARKS[row.state]}>{row.state}</State>
      {row.waitsFor.length > 0 && <div className="note">waits for {row.waitsFor.map(shortId).join(' and ')}</div>}
    </>
  ),
}

const BEHIND: Record<MeasuredBy, ShardColumn> = {
  job: behind('Behind', ageTitle),
  cloudwatch: behind('Iterator age'),
  probe: behind('Behind, probed'),
}

function behind(header: string, title?: (row: ShardRow) => string): ShardColumn {
  return numeric('behindMs', header, 125, true, row => <span title={title?.(row)}>{ageText(row)}</span>)
}

const NUMBERS_BEFORE: readonly ShardColumn[] = [
  numeric('receivedPerSecond', 'Incoming', 115, true, row =>
    two(
      known(row.receivedPerSecond, value => `${rate(value)}/s`),
      row.receivedBytesPerSecond === undefined ? null : `${bytes(row.receivedBytesPerSecond)}/s`,
    ),
  ),
  numeric('receivedBytesPerSecond', 'Incoming bytes', 130, false, row =>
    known(row.receivedBytesPerSecond, value => `${bytes(value)}/s`),
  ),
  numeric('writeShare', 'Load', 85, true, row => known(row.writeShare, value => `${Math.round(value * 100)} %`)),
]

const NUMBERS_AFTER: readonly ShardColumn[] = [
  numeric('behindRecords', 'Lag', 120, true, row =>
    two(known(row.behindRecords, count), row.behindBytes === null ? null : bytes(row.behindBytes)),
  ),
  numeric('behindBytes', 'Lag in bytes', 130, false, row => known(row.behindBytes, bytes)),
  numeric('trendPerSecond', 'Trend', 125, true, row => two(trendText(row.trendPerSecond), caughtUp(row))),
  numeric('catchUpSeconds', 'Catch-up time', 125, false, catchUpText),
  numeric('retentionLeftMs', 'Oldest expires', 150, false, row =>
    known(row.retentionLeftMs, value => `in ${duration(value)}`),
  ),
  numeric('lostRecords', 'Expired unread', 130, false, row => known(row.lostRecords, count)),
  numeric('receivedRecords', 'Received', 120, true, row => two(count(row.receivedRecords), bytes(row.receivedBytes))),
]

const POSITION: ShardColumn = {
  id: 'position',
  header: 'Position',
  width: 220,
  first: false,
  sortBy: row => row.position,
  cell: row => <code className="position">{row.position}</code>,
}

type NumberMember = keyof {
  [Name in keyof ShardRow as ShardRow[Name] extends number | null | undefined ? Name : never]: unknown
}

/** A column of numbers, sorted by a member of the row. `width` is in CSS pixels. */
function numeric(
  id: NumberMember,
  header: string,
  width: number,
  first: boolean,
  cell: (row: ShardRow) => ReactNode,
): ShardColumn {
  return { id, header, width, first, align: 'end', sortBy: row => row[id], cell }
}

const columnsOf = (by: MeasuredBy): readonly ShardColumn[] => [
  SHARD,
  STATE,
  ...NUMBERS_BEFORE,
  BEHIND[by],
  ...NUMBERS_AFTER,
  POSITION,
]
const COLUMNS: Record<MeasuredBy, readonly ShardColumn[]> = {
  job: columnsOf('job'),
  cloudwatch: columnsOf('cloudwatch'),
  probe: columnsOf('probe'),
}

/** The columns of the shards, as whoever measures the lag fills them. The same list for the same one. */
export const shardColumns = (by: MeasuredBy): readonly ShardColumn[] => COLUMNS[by]

/** What the trend means, where there is something to catch up. */
function caughtUp(row: ShardRow): string | null {
  if (row.behindRecords === 0) return null
  const text = catchUpText(row)
  if (text === '–') return null
  return text === 'keeps up' ? text : text === 'never' ? 'never caught up' : `caught up ${text}`
}
