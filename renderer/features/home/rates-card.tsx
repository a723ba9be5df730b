import type { Lag } from '../../../shared/features/lag.ts'
import type { Latency } from '../../../shared/features/ledger.ts'
import { useLive } from '../../live/live.ts'
import { lagPoints, pointsOf, throttledLine } from '../../live/samples.ts'
import { useSamples } from '../../live/use-samples.ts'
import { showRange } from '../../route/range.ts'
import { RangeBar } from '../../route/range-bar.tsx'
import { TimeChart } from '../../ui/chart/chart.tsx'
import { Figure } from '../../ui/figure.tsx'
import { count, duration, rate } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'

const LAG_MEANS =
  'Records arrive continuously and are committed batch by batch, so lag rises by one batch between two commits. ' +
  'A job that keeps up returns to the same lag at every commit.'

/** What flows and how far behind the job is, over the chosen time. */
export function RatesCard() {
  const { latency, lag } = useLive()
  const { samples, fromMs, toMs, error } = useSamples()
  return (
    <section className="card">
      <div className="card-head">
        <h2>Rates and lag</h2>
        <RangeBar />
      </div>
      <LatencyFigures latency={latency.value} lag={lag.value} />
      {error && <Problem error={error} />}
      <TimeChart
        label="Records per second"
        source="accepted: the simulator; read: the job's progress"
        fromMs={fromMs}
        toMs={toMs}
        height={210}
        format={perSecond}
        unit="records/s"
        onRange={showRange}
        lines={[
          { name: 'accepted', points: pointsOf(samples, sample => sample.acceptedPerSecond) },
          { name: 'read', points: pointsOf(samples, sample => sample.readPerSecond) },
          ...throttledLine(samples),
        ]}
      />
      <TimeChart
        label="Consumer lag"
        source="received less committed offset, at each commit; the band: lowest to highest between commits"
        fromMs={fromMs}
        toMs={toMs}
        height={210}
        format={count}
        unit="records"
        onRange={showRange}
        lines={[{ name: 'lag at commit', ...lagPoints(samples, sample => sample) }]}
      />
      <p className="note">{LAG_MEANS}</p>
    </section>
  )
}

function LatencyFigures({ latency, lag }: { latency: Latency | undefined; lag: Lag | undefined }) {
  const at = latency && Date.parse(latency.at)
  const ms = (value: number | null | undefined) => (value == null ? undefined : duration(value))
  const atCommit = lag?.total.atCommitRecords
  return (
    <div className="figures">
      <Figure
        label="Sent to loaded, p50"
        value={ms(latency?.p50Ms)}
        atMs={at}
        source={latency ? `${count(latency.samples)} real records` : 'not measured yet'}
      />
      <Figure label="p95" value={ms(latency?.p95Ms)} atMs={at} source="of the same records" />
      <Figure label="p99" value={ms(latency?.p99Ms)} atMs={at} source="of the same records" />
      <Figure
        label="Lag at last commit"
        value={atCommit == null ? undefined : count(atCommit)}
        unit="records"
        atMs={lag && Date.parse(lag.at)}
        source={beforeCommitText(lag?.total)}
      />
    </div>
  )
}

const beforeCommitText = (total: Lag['total'] | undefined): string =>
  total?.beforeCommitRecords == null
    ? 'received less committed offset'
    : `${count(total.beforeCommitRecords)} just before it; received less committed offset`

const perSecond = (value: number): string => `${rate(value)}/s`
