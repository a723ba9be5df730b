import type { Lag } from '../../../shared/features/lag.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import { useLive } from '../../live/live.ts'
import { useWords } from '../../live/use-pipeline.ts'
import { Figure } from '../../ui/figure.tsx'
import { count } from '../../ui/format.ts'
import { AdviceNote } from './advice.tsx'
import { ageText, ageTitle, catchUpText, retentionState, retentionText, shortId } from './lag-words.ts'
import { MeasuredByControl, type Measurement, type StartedProbe } from './measured-by.tsx'
import { IteratorAgeFigures, ProbeFigures } from './other-figures.tsx'
import { type PartitionRow, skewOf } from './partition-rows.ts'

/** From these on a lag is coloured. */
const WARNING_MS = 5_000
const BAD_MS = 60_000

interface LagCardProps {
  rows: readonly PartitionRow[]
  measurement: Measurement
  isProbing: boolean
  setProbing: (probe: StartedProbe | undefined) => void
}

/** How far behind the stream is read: by this job, by CloudWatch or by a probe. */
export function LagCard({ rows, measurement, isProbing, setProbing }: LagCardProps) {
  const { stream, lag } = useLive()
  const { measured, age, probe } = measurement
  return (
    <section className="card">
      <div className="card-head">
        <h2>Lag</h2>
        <MeasuredByControl />
      </div>
      {measured.by !== 'job' && !stream.value && <p className="note">Available once the stream exists.</p>}
      {measured.by === 'cloudwatch' && stream.value && <IteratorAgeFigures age={age} />}
      {measured.by === 'probe' && stream.value && (
        <ProbeFigures
          probe={probe}
          running={isProbing}
          partitions={rows.map(row => row.id)}
          onStart={setProbing}
          onStop={() => setProbing(undefined)}
        />
      )}
      {measured.by === 'job' && (
        <>
          <JobLagFigures lag={lag.value} stream={stream.value} rows={rows} />
          {lag.value && <AdviceNote lag={lag.value} />}
        </>
      )}
    </section>
  )
}

interface JobLagFiguresProps {
  lag: Lag | undefined
  stream: StreamDescription | undefined
  rows: readonly PartitionRow[]
}

function JobLagFigures({ lag, stream, rows }: JobLagFiguresProps) {
  const words = useWords()
  const total = lag?.total
  const skew = skewOf(rows)
  const at = lag && Date.parse(lag.at)
  const estimated = lag?.sources.some(source => source.estimated) ?? false
  const behindMs = total?.behindMs ?? 0
  return (
    <div className="figures">
      <Figure
        label={`Behind, worst ${words.partition}`}
        value={total?.behindMs == null ? undefined : ageText(total)}
        atMs={at}
        source={total ? ageTitle(total) : "the job's reader"}
        state={behindMs > BAD_MS ? 'bad' : behindMs > WARNING_MS ? 'warning' : undefined}
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
        label="Catch-up time"
        value={lag && catchUpText({ ...lag.total, ...lag, trendPerSecond: lag.trendRecordsPerSecond })}
        atMs={at}
        estimated
        source={`trend of the last ${estimated ? 'five minutes' : 'minute'}`}
      />
      <Figure
        label="Oldest expires"
        value={lag && retentionText(lag)}
        atMs={at}
        source={`retention ${lag?.retentionHours ?? '–'} h, if nothing is read`}
        state={lag && retentionState(lag)}
      />
      <Figure
        label={`Open ${words.partitions}`}
        value={stream && count(rows.filter(row => row.state === 'open').length)}
        atMs={stream && Date.parse(stream.at)}
        source={`${words.service}, its list of ${words.partitions}`}
      />
      <Figure
        label="Key skew"
        value={skew ? `${skew.factor.toFixed(2)} ×` : undefined}
        source={skew ? `${shortId(skew.partitionId, words)} against its share of the keys` : 'nothing received yet'}
        state={skew && skew.factor > 2 ? 'warning' : undefined}
      />
    </div>
  )
}
