import './stream.css'
import Button from '@cloudscape-design/components/button'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useMemo, useState } from 'react'
import { SHARD_LIMITS } from '../../../shared/kinesis-limits.ts'
import { useLive } from '../../live/live.ts'
import { lagPoints, type Sample } from '../../live/samples.ts'
import { Stale } from '../../live/stale.tsx'
import { useSamples } from '../../live/use-samples.ts'
import { showRange } from '../../route/range.ts'
import { RangeBar } from '../../route/range-bar.tsx'
import { changeQuery, currentRoute, useRoute } from '../../route/route.ts'
import { TimeChart } from '../../ui/chart/chart.tsx'
import type { Line } from '../../ui/chart/chart-points.ts'
import { Figure } from '../../ui/figure.tsx'
import { count, rate } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { useWork } from '../../work/use-work.ts'
import { WorkSteps } from '../../work/work-steps.tsx'
import { AdviceNote } from './advice.tsx'
import { ageText, ageTitle, catchUpText, retentionState, retentionText, shortId } from './lag-words.ts'
import { IteratorAgeFigures, MeasuredByControl, ProbeFigures, type StartedProbe, useMeasured } from './measured-by.tsx'
import { RecordViewer } from './record-viewer.tsx'
import { Reshard } from './reshard.tsx'
import { shardRows, skewOf } from './shard-rows.ts'
import { ShardTable } from './shard-table.tsx'

const choose = (shard: string): void =>
  changeQuery({ shard: currentRoute().query.get('shard') === shard ? undefined : shard })

/** Shards, how full and how far behind each is, and their number. */
export default function Stream() {
  const { stream, lag } = useLive()
  const { samples, fromMs, toMs, error: historyError } = useSamples()
  const { query } = useRoute()
  const work = useWork()
  const [resharding, setResharding] = useState(false)
  const [probing, setProbing] = useState<StartedProbe>()
  const { measured, age, probe } = useMeasured(probing, stream.value !== undefined)
  const rows = useMemo(
    () => (stream.value ? shardRows(stream.value, lag.value, measured.behindMs) : []),
    [stream.value, lag.value, measured],
  )
  const chosen = query.get('shard') ?? undefined
  const open = rows.filter(row => row.state === 'open')
  /** What is read, or will be: closed shards until they are drained. */
  const shown = rows
    .filter(row => row.state === 'open' || row.state === 'draining')
    .map(row => row.id)
    .join(' ')
  const lines = useLagLines(samples, shown, chosen)
  const ids = rows.map(row => row.id).join(' ')
  const after = query.get('after')
  // Its records stay as they are while the numbers around it change.
  const viewer = useMemo(
    () => ids !== '' && <RecordViewer shards={ids.split(' ')} chosen={chosen} after={after} />,
    [ids, chosen, after],
  )
  const total = lag.value?.total
  const skew = skewOf(rows)
  const at = lag.value && Date.parse(lag.value.at)
  const estimated = lag.value?.sources.some(source => source.estimated) ?? false

  const reshard = async (shards: number) => {
    setResharding(false)
    await work.run(`Reshard to ${shards}`, (services, scope, signal) =>
      services.stream.reshard({ ...scope, shards }, signal),
    )
  }

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
        <div className="card-head">
          <h2>Lag</h2>
          <MeasuredByControl />
        </div>
        {measured.by !== 'job' && !stream.value && (
          <p className="note">Whoever reads the stream is measured once it exists.</p>
        )}
        {measured.by === 'cloudwatch' && stream.value && <IteratorAgeFigures age={age} />}
        {measured.by === 'probe' && stream.value && (
          <ProbeFigures
            probe={probe}
            running={probing !== undefined}
            shards={rows.map(row => row.id)}
            onStart={setProbing}
            onStop={() => setProbing(undefined)}
          />
        )}
        {measured.by === 'job' && (
          <>
            <div className="figures">
              <Figure
                label="Behind, the worst shard"
                value={total?.behindMs == null ? undefined : ageText(total)}
                atMs={at}
                source={total ? ageTitle(total) : "the job's reader"}
                state={(total?.behindMs ?? 0) > 60_000 ? 'bad' : (total?.behindMs ?? 0) > 5_000 ? 'warning' : undefined}
              />
              <Figure
                label="Lag at last commit"
                value={total?.atCommitRecords == null ? undefined : count(total.atCommitRecords)}
                unit="records"
                atMs={at}
                estimated={estimated}
                source={
                  total?.beforeCommitRecords == null
                    ? 'received less committed offset'
                    : `${count(total.beforeCommitRecords)} just before it; received less committed offset`
                }
              />
              <Figure
                label="Caught up"
                value={
                  lag.value &&
                  catchUpText({ ...lag.value.total, ...lag.value, trendPerSecond: lag.value.trendRecordsPerSecond })
                }
                atMs={at}
                estimated
                source={`trend of the last ${estimated ? 'five minutes' : 'minute'}`}
              />
              <Figure
                label="Retention takes it"
                value={lag.value && retentionText(lag.value)}
                atMs={at}
                source={`kept ${lag.value?.retentionHours ?? '–'} h, if nothing is read`}
                state={lag.value && retentionState(lag.value)}
              />
              <Figure
                label="Open shards"
                value={stream.value && count(open.length)}
                atMs={stream.value && Date.parse(stream.value.at)}
                source="ListShards"
              />
              <Figure
                label="Key skew"
                value={skew ? `${skew.factor.toFixed(2)} ×` : undefined}
                source={skew ? `${shortId(skew.shardId)} against its share of the keys` : 'nothing received yet'}
                state={skew && skew.factor > 2 ? 'warning' : undefined}
              />
            </div>
            {lag.value && <AdviceNote lag={lag.value} />}
          </>
        )}
      </section>
      <section className="card">
        <div className="card-head">
          <h2>Write load by shard</h2>
          <span className="note">
            share of {count(SHARD_LIMITS.writeRecordsPerSecond)} records/s or 1 MiB/s, over ten seconds; click one to
            follow it
          </span>
        </div>
        {open.length === 0 ? (
          <p className="note">The shards will be here once the stream exists.</p>
        ) : (
          <div className="heat" data-many={open.length > 32}>
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
          label={chosen ? `Consumer lag of ${chosen}` : 'Consumer lag by shard'}
          source="received less committed offset, at each commit"
          unit="records"
          fromMs={fromMs}
          toMs={toMs}
          height={170}
          format={count}
          onRange={showRange}
          lines={lines}
        />
      </section>
      <ShardTable
        rows={rows}
        by={measured.by}
        chosen={chosen}
        onChoose={choose}
        loading={!stream.value && !stream.error}
      />
      {viewer}
      {resharding && <Reshard now={open.length} onCancel={() => setResharding(false)} onConfirm={reshard} />}
    </div>
  )
}

/** More lines than this cannot be told apart by their colour. */
const COLOURED_LINES = 6

/** The lag of each of the shards, as lines. */
function useLagLines(samples: readonly Sample[], shards: string, chosen: string | undefined): Line[] {
  return useMemo(() => {
    const ids = shards === '' ? [] : shards.split(' ')
    return ids.map(id => ({
      name: shortId(id),
      emphasis: ids.length <= COLOURED_LINES || id === chosen ? 'plain' : 'quiet',
      ...lagPoints(samples, sample => sample.shards[id]),
    }))
  }, [samples, shards, chosen])
}
