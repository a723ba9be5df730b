import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { memo, type ReactNode } from 'react'
import { linkTo } from '../../route/route.ts'
import { bytes, count, duration, rate } from '../../ui/format.ts'
import { ageText, ageTitle, catchUpText, shortId, trendText } from './lag-words.ts'
import type { MeasuredBy } from './measured-by.tsx'
import type { ShardRow } from './shard-rows.ts'

export interface ShardColumn {
  id: keyof ShardRow
  header: string
  width: number
  cell: (row: ShardRow) => ReactNode
  /** Shown until the user chooses; together they fit a window of 1280. */
  first: boolean
}

/** A row is drawn once a second for its numbers; its state seldom changes. */
const State = memo(StatusIndicator)

const BEHIND: Record<MeasuredBy, string> = { job: 'Behind', cloudwatch: 'Iterator age', probe: 'Behind, probed' }
const MARKS = { open: 'success', draining: 'in-progress', drained: 'stopped', closed: 'stopped' } as const

const two = (above: string, below: string | null) => (
  <div className="cell-two">
    {above}
    {below !== null && <div className="note">{below}</div>}
  </div>
)
const known = <T,>(value: T | null | undefined, text: (value: T) => string): string =>
  value == null ? '–' : text(value)

/** The columns of the shards, as whoever measures the lag fills them. */
export function shardColumns(by: MeasuredBy, chosen: string | undefined): ShardColumn[] {
  return [
    {
      id: 'id',
      header: 'Shard',
      width: 205,
      first: true,
      cell: row => (
        <>
          <a href={linkTo('stream', { shard: row.id })} aria-current={row.id === chosen ? 'true' : undefined}>
            {row.id}
          </a>
          <div className="note" title={`hash keys ${row.hashStart} to ${row.hashEnd}`}>
            {(row.keyShare * 100).toFixed(2)} % of the keys
            {row.parents.length > 0 && `, from ${row.parents.map(shortId).join(' and ')}`}
          </div>
        </>
      ),
    },
    {
      id: 'state',
      header: 'State',
      width: 125,
      first: true,
      cell: row => (
        <>
          <State type={row.waitsFor.length > 0 ? 'pending' : MARKS[row.state]}>{row.state}</State>
          {row.waitsFor.length > 0 && <div className="note">waits for {row.waitsFor.map(shortId).join(' and ')}</div>}
        </>
      ),
    },
    {
      id: 'receivedPerSecond',
      header: 'In',
      width: 115,
      first: true,
      cell: row =>
        two(
          known(row.receivedPerSecond, value => `${rate(value)}/s`),
          row.receivedBytesPerSecond === undefined ? null : `${bytes(row.receivedBytesPerSecond)}/s`,
        ),
    },
    {
      id: 'receivedBytesPerSecond',
      header: 'In, bytes',
      width: 115,
      first: false,
      cell: row =>
        two(
          known(row.receivedBytesPerSecond, value => `${bytes(value)}/s`),
          null,
        ),
    },
    {
      id: 'writeShare',
      header: 'Load',
      width: 85,
      first: true,
      cell: row =>
        two(
          known(row.writeShare, value => `${Math.round(value * 100)} %`),
          null,
        ),
    },
    {
      id: 'behindMs',
      header: BEHIND[by],
      width: 125,
      first: true,
      cell: row => (
        <div className="cell-two" title={by === 'job' ? ageTitle(row) : undefined}>
          {ageText(row)}
        </div>
      ),
    },
    {
      id: 'behindRecords',
      header: 'Waiting',
      width: 120,
      first: true,
      cell: row => two(known(row.behindRecords, count), row.behindBytes === null ? null : bytes(row.behindBytes)),
    },
    {
      id: 'behindBytes',
      header: 'Waiting, bytes',
      width: 130,
      first: false,
      cell: row => two(known(row.behindBytes, bytes), null),
    },
    {
      id: 'trendPerSecond',
      header: 'Trend',
      width: 125,
      first: true,
      cell: row => two(trendText(row.trendPerSecond), caughtUp(row)),
    },
    {
      id: 'catchUpSeconds',
      header: 'Caught up',
      width: 120,
      first: false,
      cell: row => two(catchUpText(row), null),
    },
    {
      id: 'retentionLeftMs',
      header: 'Retention takes it',
      width: 150,
      first: false,
      cell: row =>
        two(
          known(row.retentionLeftMs, value => `in ${duration(value)}`),
          null,
        ),
    },
    {
      id: 'lostRecords',
      header: 'Lost',
      width: 90,
      first: false,
      cell: row => two(known(row.lostRecords, count), null),
    },
    {
      id: 'receivedRecords',
      header: 'Received',
      width: 120,
      first: true,
      cell: row => two(count(row.receivedRecords), bytes(row.receivedBytes)),
    },
    {
      id: 'position',
      header: 'Position',
      width: 220,
      first: false,
      cell: row => <code className="position">{row.position}</code>,
    },
  ]
}

/** What the trend means, where there is something to catch up. */
function caughtUp(row: ShardRow): string | null {
  if (row.behindRecords === 0) return null
  const text = catchUpText(row)
  if (text === '–') return null
  return text === 'keeps up' ? text : text === 'never' ? 'never caught up' : `caught up ${text}`
}
