import type { Change, Plan } from '../../../shared/features/provision.ts'
import { useHidden } from '../../live/targets.ts'
import { linkTo } from '../../route/route.ts'
import { Ago } from '../../ui/figure.tsx'
import { Status, type StatusType } from '../../ui/status.tsx'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'

const MARKS: Record<Change['action'], { type: StatusType; word: string }> = {
  create: { type: 'pending', word: 'create' },
  change: { type: 'warning', word: 'change' },
  replace: { type: 'error', word: 'replace' },
  keep: { type: 'success', word: 'keep' },
  unreadable: { type: 'stopped', word: 'cannot be read' },
}

const COLUMNS: readonly Column<Change>[] = [
  {
    id: 'action',
    header: 'Action',
    width: 135,
    sortBy: change => change.action,
    cell: change => <Status type={MARKS[change.action].type}>{MARKS[change.action].word}</Status>,
  },
  { id: 'kind', header: 'Kind', width: 130, sortBy: change => change.kind, cell: change => change.kind },
  {
    id: 'name',
    header: 'Name',
    width: 330,
    namesRow: true,
    sortBy: change => change.name,
    cell: change => <ChangedResource change={change} />,
  },
  {
    id: 'managed',
    header: 'Managed',
    width: 95,
    sortBy: change => Number(change.madeHere),
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
    header: 'USD per hour',
    width: 125,
    align: 'end',
    sortBy: change => change.costPerHour?.amount,
    cell: change => (change.costPerHour ? change.costPerHour.amount.toFixed(3) : 'by use'),
  },
]
const idOf = ({ id }: Change): string => id

/** Every resource of the pipeline with what the plan does to it. */
export function PlanTable({ plan, loading }: { plan: Plan | undefined; loading: boolean }) {
  const changes = plan?.changes ?? []
  return (
    <section className="card">
      <div className="card-head">
        <h2>Plan</h2>
        {plan && (
          <span className="note">
            <span title="A hash of its content: plans with the same id do the same">{plan.id}</span>,{' '}
            <Ago ms={Date.parse(plan.at)} />; steps, protection and termination of the cluster are on the{' '}
            <a href={linkTo('job')}>Job page</a>
          </span>
        )}
        {plan && <ExportButtons name="plan" table={() => tableOf(changes)} />}
      </div>
      <Table
        label="Plan"
        rows={changes}
        columns={COLUMNS}
        keyOf={idOf}
        empty={loading ? 'Comparing desired and actual resources.' : 'No plan yet.'}
      />
    </section>
  )
}

/** Its name, what differs, what else the change does, and why it is not made. */
function ChangedResource({ change }: { change: Change }) {
  const hidden = useHidden()
  return (
    <>
      {hidden(change.name)}
      {change.differences.map(entry => (
        <span className="note" key={entry.member}>
          {entry.member}: {entry.is || 'nothing'} → {entry.must || 'nothing'}
        </span>
      ))}
      {change.effects.map(effect => (
        <div className="effect" key={effect}>
          {effect}
        </div>
      ))}
      {change.blocked !== undefined && (
        <div className="effect">
          {change.action === 'unreadable' ? change.blocked : `Not applied: ${change.blocked}`}
        </div>
      )}
    </>
  )
}

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
