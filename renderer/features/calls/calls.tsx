import { useCallback } from 'react'
import type { CallsMade } from '../../../shared/features/calls.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useFollow } from '../../live/use-follow.ts'
import { TimeChart } from '../../ui/chart/chart.tsx'
import { Figure } from '../../ui/figure.tsx'
import { count } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { BudgetTable, CallTable, PriceTable } from './call-tables.tsx'

const HOUR_MS = 3_600_000
const usdText = (value: number): string => value.toFixed(6)

/** What this console asked of AWS in the last hour, for whom, and what that cost. */
export default function Calls() {
  const { value, error } = useFollow(
    useCallback(
      (services: Services, { target }: PipelineScope, signal: AbortSignal) => services.calls.watch({ target }, signal),
      [],
    ),
  )
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Calls</h1>
          <p>
            What this console asked of the target in the last hour, each try for itself. The calls of the job are its
            own; looking at this page asks for nothing.
          </p>
        </div>
      </div>
      {error && <Problem error={error} />}
      <CallFigures calls={value} />
      {value && <CallChart calls={value} />}
      <CallTable rows={value?.rows ?? []} known={value !== undefined} />
      {value && <BudgetTable budgets={value.budgets} />}
      {value && <PriceTable prices={value.prices} />}
    </div>
  )
}

function CallFigures({ calls }: { calls: CallsMade | undefined }) {
  const sum = (of: (minute: CallsMade['minutes'][number]) => number) =>
    calls?.minutes.reduce((total, minute) => total + of(minute), 0)
  const known = (value: number | undefined) => (value === undefined ? undefined : count(value))
  const atMs = calls && Date.parse(calls.at)
  const [throttled, failed, usd] = [
    sum(minute => minute.throttled),
    sum(minute => minute.failed),
    sum(({ usd }) => usd),
  ]
  const source = 'counted here, last hour'
  return (
    <section className="card">
      <div className="figures">
        <Figure label="Requests" value={known(sum(minute => minute.calls))} atMs={atMs} source={source} />
        <Figure
          label="Throttled"
          value={known(throttled)}
          atMs={atMs}
          source={source}
          state={throttled ? 'warning' : undefined}
        />
        <Figure label="Failed" value={known(failed)} atMs={atMs} source={source} />
        <Figure
          label="Cost on AWS"
          value={usd === undefined ? undefined : usdText(usd)}
          unit="USD"
          atMs={atMs}
          estimated
          source="list prices, last hour"
        />
      </div>
    </section>
  )
}

function CallChart({ calls }: { calls: CallsMade }) {
  const line = (name: string, value: (minute: CallsMade['minutes'][number]) => number) => ({
    name,
    points: calls.minutes.map((minute): [number, number] => [Date.parse(minute.at), value(minute)]),
  })
  const toMs = Date.parse(calls.at)
  const common = { fromMs: toMs - HOUR_MS, toMs, height: 150 }
  return (
    <section className="card">
      <div className="columns-even">
        <TimeChart
          {...common}
          label="Requests by the minute"
          source="counted here"
          unit="requests/min"
          format={count}
          lines={[line('requests', minute => minute.calls), line('throttled', minute => minute.throttled)]}
        />
        <TimeChart
          {...common}
          label="Cost by the minute"
          source="list prices, estimated"
          unit="USD/min"
          format={usdText}
          lines={[line('cost', minute => minute.usd)]}
        />
      </div>
    </section>
  )
}
