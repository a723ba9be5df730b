import type { SimulatorStatus } from '../../../shared/features/simulator.ts'
import { pointsOf, throttledLine } from '../../live/samples.ts'
import { useSamples } from '../../live/use-samples.ts'
import { showRange } from '../../route/range.ts'
import { RangeBar } from '../../route/range-bar.tsx'
import { TimeChart } from '../../ui/chart/chart.tsx'
import type { Line } from '../../ui/chart/chart-points.ts'
import { Figure } from '../../ui/figure.tsx'
import { bytes, count, rate } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'

const perSecond = (value: number): string => `${rate(value)}/s`

/** What the simulator sent and what the stream answered, now and over the chosen time. */
export function SimulatorCounts({ status }: { status: SimulatorStatus | undefined }) {
  const { samples, fromMs, toMs, error } = useSamples()
  const retried: Line[] = samples.some(sample => (sample.retriedPerSecond ?? 0) > 0)
    ? [{ name: 'retried', points: pointsOf(samples, sample => sample.retriedPerSecond) }]
    : []
  return (
    <section className="card">
      <Figures status={status} />
      <div className="card-head">
        <RangeBar />
      </div>
      {error && <Problem error={error} />}
      <TimeChart
        label="Records sent, accepted, throttled and retried"
        source="counted by the simulator over the last second"
        fromMs={fromMs}
        toMs={toMs}
        height={170}
        format={perSecond}
        unit="records/s"
        onRange={showRange}
        lines={[
          { name: 'sent', emphasis: 'quiet', points: pointsOf(samples, sample => sample.sentPerSecond) },
          { name: 'accepted', points: pointsOf(samples, sample => sample.acceptedPerSecond) },
          ...throttledLine(samples),
          ...retried,
        ]}
      />
    </section>
  )
}

function Figures({ status }: { status: SimulatorStatus | undefined }) {
  const at = status && Date.parse(status.at)
  const counts = status?.counts
  return (
    <div className="figures">
      <Figure
        label="Accepted now"
        value={status && rate(status.rates.acceptedPerSecond)}
        unit="records/s"
        atMs={at}
        source="the simulator, last second"
      />
      <Figure
        label="Throttled now"
        value={status && rate(status.rates.throttledPerSecond)}
        unit="records/s"
        atMs={at}
        source="refused by the stream, last second"
        state={status && status.rates.throttledPerSecond > 0 ? 'warning' : undefined}
      />
      <Figure label="Sent" value={counts && count(counts.sent)} unit="records" atMs={at} source="all runs" />
      <Figure
        label="Accepted"
        value={counts && count(counts.accepted)}
        unit="records"
        atMs={at}
        source={counts ? `${bytes(counts.acceptedBytes)}, all runs` : 'all runs'}
      />
      <Figure
        label="Retried"
        value={counts && count(counts.retried)}
        unit="records"
        atMs={at}
        source="refused, and sent again"
      />
      <Figure
        label="Unconfirmed"
        value={counts && count(counts.unconfirmed)}
        unit="records"
        atMs={at}
        source="no answer yet"
        state={counts && counts.unconfirmed > 0 ? 'warning' : undefined}
      />
    </div>
  )
}
