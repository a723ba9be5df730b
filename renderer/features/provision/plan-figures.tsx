import type { Plan } from '../../../shared/features/provision.ts'
import { Figure } from '../../ui/figure.tsx'

/** How much the plan changes, and what all of it costs. */
export function PlanFigures({ plan }: { plan: Plan }) {
  const { changes, costPerHour } = plan
  const countOf = (...actions: string[]) => String(changes.filter(change => actions.includes(change.action)).length)
  return (
    <section className="card">
      <div className="figures">
        <Figure label="To create" value={countOf('create')} source="this plan" />
        <Figure label="To change or replace" value={countOf('change', 'replace')} source="this plan" />
        <Figure label="Up to date" value={countOf('keep')} source="this plan" />
        <Figure
          label="Cost on AWS, all resources"
          value={costPerHour.amount.toFixed(2)}
          unit="USD per hour"
          estimated
          source={changes.find(change => change.costPerHour)?.costPerHour?.source ?? 'price list'}
        />
      </div>
    </section>
  )
}
