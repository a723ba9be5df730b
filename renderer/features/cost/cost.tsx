import Button from '@cloudscape-design/components/button'
import type { Cost as CostRead } from '../../../shared/features/cost.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { type Asked, useCall } from '../../live/use-call.ts'
import { useRepeat } from '../../live/use-repeat.ts'
import { Figure } from '../../ui/figure.tsx'
import { absolute } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { CostTable } from './cost-table.tsx'
import { LimitCard } from './limit-card.tsx'

const readCost = (services: Services, scope: PipelineScope, signal: AbortSignal) => services.cost.read(scope, signal)

/** What is asked for is EMR's, which is asked seldom. */
const AGAIN_MS = 60_000

/** What runs costs an hour and has cost so far, and after what it is stopped. */
export default function Cost() {
  const cost = useCall(readCost)
  useRepeat(cost.reload, AGAIN_MS)
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Cost</h1>
          <p>What runs and is paid by the hour on AWS, by list prices. In the sandbox nothing is paid.</p>
        </div>
        <div className="page-actions">
          <Button iconName="refresh" onClick={cost.reload} loading={cost.state === 'loading'}>
            Read again
          </Button>
        </div>
      </div>
      {cost.state === 'failed' && <Problem error={cost.error} retry={cost.reload} />}
      <CostFigures cost={cost} />
      <LimitCard state={cost.value?.switch} onChanged={cost.reload} />
      <CostTable items={cost.value?.items ?? []} known={cost.value !== undefined} />
      {cost.value && <LeftOut leftOut={cost.value.leftOut} />}
    </div>
  )
}

function CostFigures({ cost }: { cost: Asked<CostRead> }) {
  const value = cost.value
  const atMs = value && Date.parse(value.at)
  const source = value?.items.find(({ readOn }) => readOn !== null)
  const from = source ? `list prices read in ${source.readOn}` : 'list prices'
  const stopAt = value?.switch.stopAt
  return (
    <section className="card">
      <div className="figures">
        <Figure
          label="Runs now"
          value={value?.usdPerHour.toFixed(2)}
          unit="USD per hour"
          atMs={atMs}
          estimated
          source={from}
        />
        <Figure label="Cost so far" value={value?.usdSoFar.toFixed(2)} unit="USD" atMs={atMs} estimated source={from} />
        <Figure
          label="The cluster is stopped"
          value={value && (stopAt ? absolute(Date.parse(stopAt)) : 'never')}
          atMs={atMs}
          source="EventBridge Scheduler"
        />
      </div>
    </section>
  )
}

function LeftOut({ leftOut }: Pick<CostRead, 'leftOut'>) {
  return (
    <section className="card">
      <h2>Not in these sums</h2>
      <ul className="plain">
        {leftOut.map(({ what, why }) => (
          <li key={what}>
            <strong>{what}</strong>: {why}
          </li>
        ))}
      </ul>
    </section>
  )
}
