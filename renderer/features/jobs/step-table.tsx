import Button from '@cloudscape-design/components/button'
import type { Cluster, Step } from '../../../shared/features/jobs.ts'
import { Ago } from '../../ui/figure.tsx'
import { Status, type StatusType } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'

const MARKS: Record<Step['state'], StatusType> = {
  PENDING: 'pending',
  CANCEL_PENDING: 'in-progress',
  RUNNING: 'success',
  COMPLETED: 'success',
  CANCELLED: 'stopped',
  FAILED: 'error',
  INTERRUPTED: 'warning',
}
const CAN_BE_CANCELLED: ReadonlySet<Step['state']> = new Set(['PENDING', 'RUNNING'])

interface StepTableProps {
  cluster: Cluster
  /** Id of the step whose log is open. */
  shown: string | undefined
  busy: boolean
  onLog: (step: Step) => void
  onCancel: (step: Step) => void
}

/** The steps of a cluster, the newest first. */
export function StepTable({ cluster, ...actions }: StepTableProps) {
  return (
    <Table
      label={`Steps of ${cluster.name}`}
      rows={cluster.steps}
      columns={[...COLUMNS, actionsColumn(actions)]}
      keyOf={idOf}
      empty="No steps yet."
    />
  )
}

const idOf = ({ id }: Step): string => id

const COLUMNS: readonly Column<Step>[] = [
  {
    id: 'name',
    header: 'Step',
    sortBy: step => step.name,
    cell: step => <span title={step.arguments.join(' ')}>{step.name}</span>,
  },
  {
    id: 'state',
    header: 'State',
    width: 150,
    sortBy: step => step.state,
    cell: step => <Status type={MARKS[step.state]}>{step.state.toLowerCase().replace('_', ' ')}</Status>,
  },
  { id: 'engine', header: 'Engine', width: 110, cell: step => step.engine },
  {
    id: 'started',
    header: 'Started',
    width: 150,
    sortBy: step => step.startedAt,
    cell: step => (step.startedAt ? <Ago ms={Date.parse(step.startedAt)} /> : '–'),
  },
  {
    id: 'failure',
    header: 'Reason',
    cell: step => step.cause?.said || step.failure?.message || step.failure?.reason || '–',
  },
]

function actionsColumn({ shown, busy, onLog, onCancel }: Omit<StepTableProps, 'cluster'>): Column<Step> {
  return {
    id: 'actions',
    header: 'Actions',
    width: 190,
    cell: step => (
      <span className="cell-actions">
        <Button
          variant="inline-link"
          ariaLabel={`${shown === step.id ? 'Close' : 'View'} log of ${step.name}`}
          onClick={() => onLog(step)}
        >
          {shown === step.id ? 'Close log' : 'View log'}
        </Button>
        {CAN_BE_CANCELLED.has(step.state) && (
          <Button
            variant="inline-link"
            disabled={busy}
            ariaLabel={`Cancel ${step.name}`}
            onClick={() => onCancel(step)}
          >
            Cancel
          </Button>
        )}
      </span>
    ),
  }
}
