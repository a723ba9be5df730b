import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { Change } from '../../../shared/features/provision.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useLive } from '../../live/live.ts'
import { useHidden } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { linkTo } from '../../route/route.ts'
import { Ago, Figure } from '../../ui/figure.tsx'
import { Problem } from '../../ui/problem.tsx'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'
import { useWork } from '../../work/use-work.ts'
import { WorkSteps } from '../../work/work-steps.tsx'

const readPlan = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.provision.plan(scope, signal)

const MARKS: Record<Change['action'], { type: StatusIndicatorProps.Type; word: string }> = {
  create: { type: 'pending', word: 'create' },
  change: { type: 'warning', word: 'change' },
  replace: { type: 'error', word: 'replace' },
  keep: { type: 'success', word: 'keep' },
  unreadable: { type: 'stopped', word: 'cannot be read' },
}

/** What must exist against what exists, and the way to make it so. */
export default function Provision() {
  const plan = useCall(readPlan)
  const work = useWork()
  const [destroying, setDestroying] = useState(false)
  const hidden = useHidden()
  const changes = plan.value?.changes ?? []
  const toDo = changes.filter(change => isToDo(change) && change.blocked === undefined)
  const exists = changes.some(change => change.action !== 'create')
  const effects = toDo.flatMap(change => change.effects)
  const [confirming, setConfirming] = useState(false)

  const apply = async () => {
    setConfirming(false)
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
    setDestroying(false)
    await work.run('Destroy the pipeline', (services, scope, signal) =>
      services.provision.destroy({ ...scope, confirm }, signal),
    )
    plan.reload()
  }

  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Provision</h1>
          <p>What the pipeline needs against what is there. Nothing is changed before you apply.</p>
        </div>
        <div className="page-actions">
          <Button iconName="refresh" onClick={plan.reload} loading={plan.state === 'loading'}>
            Plan again
          </Button>
          <Button disabled={!exists || work.state === 'running'} onClick={() => setDestroying(true)}>
            Destroy…
          </Button>
          <Button
            variant="primary"
            disabled={!plan.value}
            loading={work.state === 'running'}
            onClick={() => (effects.length > 0 ? setConfirming(true) : void apply())}
          >
            {toDo.length > 0
              ? `Apply ${toDo.length} ${toDo.length === 1 ? 'change' : 'changes'}`
              : 'Deploy and load again'}
          </Button>
        </div>
      </div>
      {plan.state === 'failed' && <Problem error={plan.error} retry={plan.reload} />}
      <WorkSteps work={work} cancel={work.cancel} folds />
      {plan.value && (
        <section className="card">
          <div className="figures">
            <Figure
              label="To create"
              value={String(changes.filter(change => change.action === 'create').length)}
              source="this plan"
            />
            <Figure
              label="To change or replace"
              value={String(changes.filter(change => change.action === 'change' || change.action === 'replace').length)}
              source="this plan"
            />
            <Figure
              label="As it must be"
              value={String(changes.filter(change => change.action === 'keep').length)}
              source="this plan"
            />
            <Figure
              label="Cost on AWS, all of it"
              value={plan.value.costPerHour.amount.toFixed(2)}
              unit="USD an hour"
              estimated
              source={changes.find(change => change.costPerHour)?.costPerHour?.source ?? 'price list'}
            />
          </div>
        </section>
      )}
      <Table<Change>
        variant="container"
        loading={plan.state === 'loading' && !plan.value}
        loadingText="Comparing with what is there"
        items={changes}
        trackBy="id"
        stripedRows={false}
        wrapLines
        ariaLabels={{ tableLabel: 'The plan', selectionGroupLabel: 'Changes' }}
        header={
          <div className="card-head">
            <h2>Plan</h2>
            {plan.value && (
              <span className="note">
                <span title="Named by its content: a plan of the same name does the same">{plan.value.id}</span>,{' '}
                <Ago ms={Date.parse(plan.value.at)} />; steps, protection and termination of the cluster are on the{' '}
                <a href={linkTo('job')}>Job page</a>
              </span>
            )}
            <ExportButtons name="plan" table={() => tableOf(changes)} />
          </div>
        }
        empty={<Box color="text-body-secondary">No plan yet.</Box>}
        columnDefinitions={[
          {
            id: 'action',
            header: 'Action',
            width: 135,
            cell: change => (
              <StatusIndicator type={MARKS[change.action].type}>{MARKS[change.action].word}</StatusIndicator>
            ),
          },
          { id: 'kind', header: 'Kind', width: 130, cell: change => change.kind },
          {
            id: 'name',
            header: 'Name',
            width: 330,
            cell: change => (
              <>
                {hidden(change.name)}
                {change.differences.map(entry => (
                  <div className="note" key={entry.member}>
                    {entry.member}: {entry.is || 'nothing'} → {entry.must || 'nothing'}
                  </div>
                ))}
                {change.effects.map(effect => (
                  <div className="effect" key={effect}>
                    {effect}
                  </div>
                ))}
                {change.blocked !== undefined && (
                  <div className="effect">
                    {change.action === 'unreadable' ? change.blocked : `Apply leaves it alone: ${change.blocked}`}
                  </div>
                )}
              </>
            ),
          },
          {
            id: 'made',
            header: 'Made here',
            width: 95,
            cell: change => (change.action === 'create' ? '–' : change.madeHere ? 'yes' : 'no'),
          },
          {
            id: 'permissions',
            header: 'Permissions needed',
            width: 270,
            cell: change => <span className="note">{change.permissions.join(', ') || 'none'}</span>,
          },
          {
            id: 'cost',
            header: 'USD an hour',
            width: 115,
            cell: change => (
              <div style={{ textAlign: 'right' }}>
                {change.costPerHour ? change.costPerHour.amount.toFixed(3) : 'by use'}
              </div>
            ),
          },
        ]}
      />
      {confirming && <Confirm effects={effects} onCancel={() => setConfirming(false)} onConfirm={() => void apply()} />}
      {destroying && <Destroy changes={changes} onCancel={() => setDestroying(false)} onConfirm={destroy} />}
    </div>
  )
}

const isToDo = ({ action }: Change): boolean => action !== 'keep' && action !== 'unreadable'

/** The plan for a review elsewhere. */
const tableOf = (changes: readonly Change[]) => ({
  columns: ['action', 'kind', 'name', 'differences', 'effects', 'blocked', 'made_here', 'permissions', 'usd_per_hour'],
  rows: changes.map(change => [
    change.action,
    change.kind,
    change.name,
    change.differences.map(entry => `${entry.member}: ${entry.is} -> ${entry.must}`).join('; '),
    change.effects.join(' '),
    change.blocked ?? null,
    change.madeHere,
    change.permissions.join(' '),
    change.costPerHour?.amount ?? null,
  ]),
})

interface ConfirmProps {
  effects: readonly string[]
  onCancel: () => void
  onConfirm: () => void
}

/** Some changes end or lose something beyond what differs: that is read before it is done. */
function Confirm({ effects, onCancel, onConfirm }: ConfirmProps) {
  const name = useLive(live => live.scope.pipeline)
  return (
    <TypedConfirm
      header="Apply the plan"
      wanted={name}
      keep="Change nothing"
      action="Apply"
      onCancel={onCancel}
      onConfirm={onConfirm}
    >
      <ul className="details">
        {effects.map(effect => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
    </TypedConfirm>
  )
}

interface DestroyProps {
  changes: readonly Change[]
  onCancel: () => void
  onConfirm: (typed: string) => void
}

function Destroy({ changes, onCancel, onConfirm }: DestroyProps) {
  const name = useLive(live => live.scope.pipeline)
  const ours = changes.filter(change => change.madeHere)
  return (
    <TypedConfirm
      header="Destroy the pipeline"
      wanted={name}
      keep="Keep it"
      action={`Destroy ${ours.length} things`}
      onCancel={onCancel}
      onConfirm={onConfirm}
    >
      This removes what Sluice made, with its data, and nothing else:{' '}
      {ours.map(change => `${change.kind} ${change.name}`).join(', ') || 'nothing'}. The termination protection of its
      cluster is lifted for it.
    </TypedConfirm>
  )
}
