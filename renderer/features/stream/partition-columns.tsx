import { memo, type ReactNode } from 'react'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { capital } from '../../live/use-pipeline.ts'
import { linkTo } from '../../route/route.ts'
import { bytes, count, duration, rate } from '../../ui/format.ts'
import { Status } from '../../ui/status.tsx'
import type { Column } from '../../ui/table/table.tsx'
import { ageText, ageTitle, catchUpText, shortId, trendText } from './lag-words.ts'
import type { MeasuredBy } from './measured-by.tsx'
import type { PartitionRow } from './partition-rows.ts'

export interface PartitionColumn extends Column<PartitionRow> {
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

const partitionColumn = (words: SourceWords): PartitionColumn => ({
  id: 'id',
  header: capital(words.partition),
  width: 205,
  first: true,
  sortBy: row => row.id,
  cell: row => (
    <>
      <a href={linkTo('stream', { partition: row.id })}>{row.id}</a>
      <div className="note" title={row.keys?.range}>
        {row.keys && `${(row.keys.share * 100).toFixed(2)} % of the keys`}
        {row.parents.length > 0 && `, from ${row.parents.map(id => shortId(id, words)).join(' and ')}`}
      </div>
    </>
  ),
})

const stateColumn = (words: SourceWords): PartitionColumn => ({
  id: 'state',
  header: 'State',
  width: 125,
  first: true,
  sortBy: row => row.state,
  cell: row => (
    <>
      <State type={row.waitsFor.length > 0 ? 'pending' : MARKS[row.state]}>{row.state}</State>
      {row.waitsFor.length > 0 && (
        <div className="note">waits for {row.waitsFor.map(id => shortId(id, words)).join(' and ')}</div>
      )}
    </>
  ),
})

const BEHIND: Record<MeasuredBy, PartitionColumn> = {
  job: behind('Behind', ageTitle),
  cloudwatch: behind('Iterator age'),
  probe: behind('Behind, probed'),
}

function behind(header: string, title?: (row: PartitionRow) => string): PartitionColumn {
  return numeric('behindMs', header, 125, true, row => <span title={title?.(row)}>{ageText(row)}</span>)
}

const NUMBERS_BEFORE: readonly PartitionColumn[] = [
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

const NUMBERS_AFTER: readonly PartitionColumn[] = [
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

const POSITION: PartitionColumn = {
  id: 'position',
  header: 'Position',
  width: 220,
  first: false,
  sortBy: row => row.position,
  cell: row => <code className="position">{row.position}</code>,
}

type NumberMember = keyof {
  [Name in keyof PartitionRow as PartitionRow[Name] extends number | null | undefined ? Name : never]: unknown
}

/** A column of numbers, sorted by a member of the row. `width` is in CSS pixels. */
function numeric(
  id: NumberMember,
  header: string,
  width: number,
  first: boolean,
  cell: (row: PartitionRow) => ReactNode,
): PartitionColumn {
  return { id, header, width, first, align: 'end', sortBy: row => row[id], cell }
}

/** The columns of the partitions, in the words of their source, as whoever measures the lag fills them. */
export const partitionColumns = (by: MeasuredBy, words: SourceWords): readonly PartitionColumn[] => [
  partitionColumn(words),
  stateColumn(words),
  ...NUMBERS_BEFORE,
  BEHIND[by],
  ...NUMBERS_AFTER,
  POSITION,
]

/** What the trend means, where there is something to catch up. */
function caughtUp(row: PartitionRow): string | null {
  if (row.behindRecords === 0) return null
  const text = catchUpText(row)
  if (text === '–') return null
  return text === 'keeps up' ? text : text === 'never' ? 'never caught up' : `caught up ${text}`
}
