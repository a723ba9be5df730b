import { useState } from 'react'
import type { Change } from '../../../shared/features/provision.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { Problem } from '../../ui/problem.tsx'
import { useWork } from '../../work/use-work.ts'
import { WorkSteps } from '../../work/work-steps.tsx'
import { ConfirmApply, ConfirmDestroy } from './confirm.tsx'
import { PlanFigures } from './plan-figures.tsx'
import { PlanTable } from './plan-table.tsx'
import { ProvisionHead } from './provision-head.tsx'

const readPlan = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.provision.plan(scope, signal)

const isToDo = ({ action, blocked }: Change): boolean =>
  action !== 'keep' && action !== 'unreadable' && blocked === undefined

/** What the pipeline needs against what is there, and the way to make it so. */
export default function Provision() {
  const plan = useCall(readPlan)
  const work = useWork()
  const [dialog, setDialog] = useState<'apply' | 'destroy'>()
  const changes = plan.value?.changes ?? []
  const toDo = changes.filter(isToDo)
  const effects = toDo.flatMap(change => change.effects)

  const apply = async () => {
    setDialog(undefined)
    const shown = plan.value
    if (!shown) return
    await work.run(
      'Apply the plan',
      (services, scope, signal) => services.provision.apply({ ...scope, shown }, signal),
      (services, scope, signal) => services.artifacts.deploy(scope, signal),
      (services, scope, signal) => services.warehouse.createAndLoadDimensions(scope, signal),
    )
    plan.reload()
  }
  const destroy = async (confirm: string) => {
    setDialog(undefined)
    await work.run('Destroy the pipeline', (services, scope, signal) =>
      services.provision.destroy({ ...scope, confirm }, signal),
    )
    plan.reload()
  }
  return (
    <div className="page">
      <ProvisionHead
        isPlanning={plan.state === 'loading'}
        isWorking={work.state === 'running'}
        canDestroy={changes.some(change => change.action !== 'create')}
        canApply={plan.value !== undefined}
        toDo={toDo.length}
        onPlan={plan.reload}
        onDestroy={() => setDialog('destroy')}
        onApply={() => (effects.length > 0 ? setDialog('apply') : void apply())}
      />
      {plan.state === 'failed' && <Problem error={plan.error} retry={plan.reload} />}
      <WorkSteps work={work} cancel={work.cancel} folds />
      {plan.value && <PlanFigures plan={plan.value} />}
      <PlanTable plan={plan.value} loading={plan.state === 'loading'} />
      {dialog === 'apply' && (
        <ConfirmApply effects={effects} onCancel={() => setDialog(undefined)} onConfirm={() => void apply()} />
      )}
      {dialog === 'destroy' && (
        <ConfirmDestroy changes={changes} onCancel={() => setDialog(undefined)} onConfirm={destroy} />
      )}
    </div>
  )
}
