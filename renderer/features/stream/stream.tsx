import './stream.css'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { useMemo, useState } from 'react'
import { useLive } from '../../app/live.ts'
import { showRange } from '../../app/range.ts'
import { RangeBar } from '../../app/range-bar.tsx'
import { changeQuery, linkTo, useRoute } from '../../app/route.ts'
import { type Sample, waitingPoints } from '../../app/samples.ts'
import { useSamples } from '../../app/use-samples.ts'
import { useWork } from '../../app/use-work.ts'
import { TimeChart } from '../../ui/chart.tsx'
import type { Line } from '../../ui/chart-points.ts'
import { ExportButtons } from '../../ui/export-buttons.tsx'
import { Figure } from '../../ui/figure.tsx'
import { bytes, count, duration, rate } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { Stale } from '../../ui/stale.tsx'
import { WorkSteps } from '../../ui/work-steps.tsx'
import { RecordViewer } from './record-viewer.tsx'
import { RECORDS_A_SECOND, type ShardRow, shardRows, skewOf } from './shard-rows.ts'

/** Shards, how full and how far behind each is, and their number. */
export default function Stream() {
  const { stream, lag } = useLive()
  const { samples, fromMs, toMs, error: historyError } = useSamples()
  const { query } = useRoute()
  const work = useWork()
  const [resharding, setResharding] = useState(false)
  const rows = useMemo(() => (stream.value ? shardRows(stream.value, lag.value) : []), [stream.value, lag.value])
  const chosen = query.get('shard') ?? undefined
  const open = rows.filter(row => row.state === 'open')
  const shown = open.map(row => row.id).join(' ')
  const lines = useMemo(() => waitingLines(samples, shown === '' ? [] : shown.split(' '), chosen), [samples, shown, chosen])
  const total = lag.value?.total
  const skew = skewOf(rows)
  const at = lag.value && Date.parse(lag.value.at)

  const reshard = async (shards: number) => {
    setResharding(false)
    await work.run(`Reshard to ${shards}`, (services, scope, signal) => services.stream.reshard({ ...scope, shards }, signal))
  }
  const choose = (shard: string) => changeQuery({ shard: shard === chosen ? undefined : shard })

  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Stream</h1>
          <p>
            {stream.value
              ? `${stream.value.name}, ${stream.value.mode.toLowerCase()}, keeps records ${stream.value.retentionHours} h`
              : 'Shards and lag.'}
          </p>
        </div>
        <div className="page-actions">
          {stream.value && (
            <StatusIndicator type={stream.value.status === 'ACTIVE' ? 'success' : 'in-progress'}>
              {stream.value.status}
            </StatusIndicator>
          )}
          <Button disabled={!stream.value || work.state === 'running'} onClick={() => setResharding(true)}>
            Change the number of shards…
          </Button>
        </div>
      </div>
      {stream.error && !stream.value && <Problem error={stream.error} />}
      <Stale parts={{ stream, lag }} />
      <WorkSteps work={work} cancel={work.cancel} />
      <section className="card">
        <div className="figures">
          <Figure
            label="Open shards"
            value={stream.value && count(open.length)}
            atMs={stream.value && Date.parse(stream.value.at)}
            source="ListShards"
          />
          <Figure
            label="Behind, the worst shard"
            value={total?.behindMs == null ? undefined : duration(total.behindMs)}
            atMs={at}
            source={lag.value?.sources[0]?.name ?? 'the job'}
            state={(total?.behindMs ?? 0) > 60_000 ? 'bad' : (total?.behindMs ?? 0) > 5_000 ? 'warning' : undefined}
          />
          <Figure
            label="Waiting"
            value={total?.behindRecords == null ? undefined : count(total.behindRecords)}
            unit="records"
            atMs={at}
            source="received less committed"
          />
          <Figure
            label="Waiting"
            value={total?.behindBytes == null ? undefined : bytes(total.behindBytes)}
            atMs={at}
            source="received less committed"
          />
          <Figure label="Caught up in" value={catchUpText(lag.value)} atMs={at} estimated source="trend of the last minute" />
          <Figure
            label="Key skew"
            value={skew ? `${skew.factor.toFixed(2)} ×` : undefined}
            source={skew ? `${shortId(skew.shardId)} against its share of the keys` : 'nothing received yet'}
            state={skew && skew.factor > 2 ? 'warning' : undefined}
          />
        </div>
      </section>
      <section className="card">
        <div className="card-head">
          <h2>Write load by shard</h2>
          <span className="note">
            share of {count(RECORDS_A_SECOND)} records/s or 1 MiB/s, over ten seconds; click one to follow it
          </span>
        </div>
        {open.length === 0 ? (
          <p className="note">The shards will be here once the stream exists.</p>
        ) : (
          <div className="heat">
            {open.map(row => (
              <button
                key={row.id}
                type="button"
                aria-pressed={row.id === chosen}
                title={`${row.id}: ${row.receivedPerSecond === undefined ? 'not known yet' : `${rate(row.receivedPerSecond)} records/s`}`}
                style={{
                  background: `color-mix(in srgb, var(--accent) ${Math.round(Math.min(1, row.writeShare ?? 0) * 70)}%, var(--surface))`,
                  flexGrow: Math.max(0.05, row.keyShare),
                }}
                onClick={() => choose(row.id)}
              >
                {open.length <= 32 && (
                  <>
                    {shortId(row.id)}
                    <br />
                    {row.writeShare === undefined ? '–' : `${Math.round(row.writeShare * 100)} %`}
                  </>
                )}
              </button>
            ))}
          </div>
        )}
      </section>
      <section className="card">
        <div className="card-head">
          <h2>Lag by shard</h2>
          <RangeBar />
        </div>
        {historyError && <Problem error={historyError} />}
        <TimeChart
          label={chosen ? `Records waiting on ${chosen}` : 'Records waiting, by shard'}
          source="received less committed, mean of five looks"
          fromMs={fromMs}
          toMs={toMs}
          height={170}
          format={count}
          onRange={showRange}
          lines={lines}
        />
      </section>
      <ShardTable rows={rows} chosen={chosen} onChoose={choose} loading={!stream.value && !stream.error} />
      {rows.length > 0 && <RecordViewer shards={rows.map(row => row.id)} chosen={chosen} after={query.get('after')} />}
      {resharding && <Reshard now={open.length} onCancel={() => setResharding(false)} onConfirm={reshard} />}
    </div>
  )
}

/** More lines than this cannot be told apart by their colour. */
const COLOURED_LINES = 6

const waitingLines = (samples: readonly Sample[], shards: readonly string[], chosen: string | undefined): Line[] =>
  shards.map(id => ({
    name: shortId(id),
    emphasis: shards.length <= COLOURED_LINES || id === chosen ? 'plain' : 'quiet',
    points: waitingPoints(samples, sample => sample.shards[id]?.behindRecords),
  }))

const shortId = (id: string): string => id.replace(/^shardId-0*(?=\d)/, 'shard ')

/** A trigger, a commit and a little: behind by less is what a job that keeps up looks like. */
const KEEPS_UP_MS = 5_000

/** Less than this a second is the noise of counting. */
const FLAT_PER_SECOND = 1

const trendText = (perSecond: number | null): string =>
  perSecond === null
    ? '–'
    : Math.abs(perSecond) < FLAT_PER_SECOND
      ? 'steady'
      : `${perSecond > 0 ? '+' : '−'}${rate(Math.abs(perSecond))}/s`

function catchUpTextOf({ behindMs, catchUpSeconds }: ShardRow): string {
  if (behindMs === null) return '–'
  if (behindMs < KEEPS_UP_MS) return 'keeps up'
  return catchUpSeconds === null ? 'not at this rate' : duration(catchUpSeconds * 1_000)
}

/** The shards as rows for a spreadsheet: numbers as they are, in their base units. */
function tableOf(rows: readonly ShardRow[]) {
  const columns = [
    'shard',
    'state',
    'parents',
    'hash_start',
    'hash_end',
    'records_per_second_in',
    'bytes_per_second_in',
    'behind_ms',
    'behind_records',
    'behind_bytes',
    'trend_records_per_second',
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
      row.hashStart,
      row.hashEnd,
      row.receivedPerSecond ?? null,
      row.receivedBytesPerSecond ?? null,
      row.behindMs,
      row.behindRecords,
      row.behindBytes,
      row.trendPerSecond,
      row.receivedRecords,
      row.receivedBytes,
      row.position,
    ]),
  }
}

function catchUpText(lag: ReturnType<typeof useLive.getState>['lag']['value']): string | undefined {
  if (!lag) return undefined
  if ((lag.total.behindMs ?? 0) < KEEPS_UP_MS) return 'keeps up'
  return lag.catchUpSeconds === null ? 'not at this rate' : duration(lag.catchUpSeconds * 1_000)
}

interface ShardTableProps {
  rows: ShardRow[]
  chosen: string | undefined
  onChoose: (shard: string) => void
  loading: boolean
}

function ShardTable({ rows, chosen, onChoose, loading }: ShardTableProps) {
  const [sorting, setSorting] = useState<{ field: keyof ShardRow; descending: boolean }>({ field: 'id', descending: false })
  const sorted = useMemo(() => {
    const factor = sorting.descending ? -1 : 1
    const value = (row: ShardRow) => row[sorting.field] ?? -1
    return [...rows].sort((a, b) => factor * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0))
  }, [rows, sorting])
  const right = (text: string) => <div style={{ textAlign: 'right' }}>{text}</div>
  const column = (id: keyof ShardRow, header: string, cell: (row: ShardRow) => React.ReactNode, width?: number) => ({
    id,
    header,
    sortingField: id,
    cell,
    ...(width !== undefined && { width }),
  })
  return (
    <Table<ShardRow>
      variant="container"
      header={
        <div className="card-head">
          <h2>Shards</h2>
          <span className="note">{count(rows.length)} with the closed ones</span>
          <ExportButtons name="shards" table={() => tableOf(rows)} />
        </div>
      }
      ariaLabels={{ tableLabel: 'Shards', selectionGroupLabel: 'Shards' }}
      loading={loading}
      loadingText="Listing the shards"
      empty="The shards will be here once the stream exists."
      items={sorted}
      trackBy="id"
      onRowClick={({ detail }) => onChoose(detail.item.id)}
      sortingColumn={{ sortingField: sorting.field }}
      sortingDescending={sorting.descending}
      onSortingChange={({ detail }) =>
        setSorting({ field: detail.sortingColumn.sortingField as keyof ShardRow, descending: detail.isDescending ?? false })
      }
      columnDefinitions={[
        column(
          'id',
          'Shard',
          row => (
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
          210,
        ),
        column(
          'state',
          'State',
          row => (
            <StatusIndicator type={row.state === 'open' ? 'success' : row.state === 'draining' ? 'in-progress' : 'stopped'}>
              {row.state}
            </StatusIndicator>
          ),
          110,
        ),
        column(
          'receivedPerSecond',
          'In, records/s',
          row => right(row.receivedPerSecond === undefined ? '–' : rate(row.receivedPerSecond)),
          115,
        ),
        column(
          'receivedBytesPerSecond',
          'In, bytes/s',
          row => right(row.receivedBytesPerSecond === undefined ? '–' : bytes(row.receivedBytesPerSecond)),
          110,
        ),
        column(
          'writeShare',
          'Limit',
          row => right(row.writeShare === undefined ? '–' : `${Math.round(row.writeShare * 100)} %`),
          80,
        ),
        column('behindMs', 'Behind', row => right(row.behindMs === null ? '–' : duration(row.behindMs)), 90),
        column('behindRecords', 'Records', row => right(row.behindRecords === null ? '–' : count(row.behindRecords)), 95),
        column('behindBytes', 'Bytes', row => right(row.behindBytes === null ? '–' : bytes(row.behindBytes)), 95),
        column('trendPerSecond', 'Trend', row => right(trendText(row.trendPerSecond)), 95),
        column('catchUpSeconds', 'Caught up in', row => right(catchUpTextOf(row)), 125),
        column('receivedRecords', 'Received', row => right(count(row.receivedRecords)), 120),
      ]}
    />
  )
}

function Reshard({ now, onCancel, onConfirm }: { now: number; onCancel: () => void; onConfirm: (shards: number) => void }) {
  const [text, setText] = useState(String(now * 2))
  const shards = Number(text)
  const valid = Number.isInteger(shards) && shards >= 1 && shards <= 500
  // UpdateShardCount refuses more than double and less than half (API reference, UpdateShardCount).
  const allowed = valid && shards <= now * 2 && shards >= Math.ceil(now / 2)
  return (
    <Modal
      visible
      header="Change the number of shards"
      closeAriaLabel="Close"
      onDismiss={onCancel}
      footer={
        <SpaceBetween direction="horizontal" size="xs" alignItems="end">
          <Button variant="link" onClick={onCancel}>
            Leave it at {now}
          </Button>
          <Button variant="primary" disabled={!allowed || shards === now} onClick={() => onConfirm(shards)}>
            Reshard to {valid ? shards : '…'}
          </Button>
        </SpaceBetween>
      }
    >
      <FormField
        label="Open shards"
        description={`Now ${now}. One step goes to between ${Math.ceil(now / 2)} and ${now * 2}. Closed shards are drained before their children are read; no record is lost.`}
        errorText={allowed ? '' : `A whole number from ${Math.ceil(now / 2)} to ${now * 2}`}
      >
        <Input value={text} inputMode="numeric" autoFocus onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </Modal>
  )
}
