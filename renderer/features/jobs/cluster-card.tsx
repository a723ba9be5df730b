import Button from '@cloudscape-design/components/button'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { Cluster, LogLine, Step } from '../../../shared/features/jobs.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { Ago } from '../../ui/figure.tsx'
import { Problem } from '../../ui/problem.tsx'
import type { useWork } from '../../work/use-work.ts'
import { AddStep } from './add-step.tsx'
import { ExecutorLosses, StepCauseCard } from './step-cause.tsx'
import { StepLog } from './step-log.tsx'
import { Terminate } from './terminate.tsx'

const STEP_MARKS: Record<Step['state'], StatusIndicatorProps.Type> = {
  PENDING: 'pending',
  CANCEL_PENDING: 'in-progress',
  RUNNING: 'success',
  COMPLETED: 'success',
  CANCELLED: 'stopped',
  FAILED: 'error',
  INTERRUPTED: 'warning',
}
const CAN_BE_CANCELLED: ReadonlySet<Step['state']> = new Set(['PENDING', 'RUNNING'])

function clusterMark(state: string): StatusIndicatorProps.Type {
  if (state === 'WAITING' || state === 'RUNNING') return 'success'
  return state.startsWith('TERMINAT') ? 'stopped' : 'in-progress'
}

/** One cluster: its steps with their logs, and what can be done with it. */
export function ClusterCard({ cluster, work }: { cluster: Cluster; work: ReturnType<typeof useWork> }) {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [shown, setShown] = useState<string>()
  const [line, setLine] = useState<LogLine>()
  const [dialog, setDialog] = useState<'add' | 'terminate'>()
  const [failure, setFailure] = useState<AppError>()
  const clusterId = cluster.id
  const busy = work.state === 'running'

  const protect = async (on: boolean) => {
    const result = await services?.jobs.protect({ ...scope, clusterId, on })
    if (result) setFailure(result.ok ? undefined : result.error)
  }
  const cancelStep = (step: Step) =>
    work.run(`Cancel step ${step.name}`, (services, scope, signal) =>
      services.jobs.cancelStep({ ...scope, clusterId, stepId: step.id }, signal),
    )

  const showLine = (step: Step) => (wanted: LogLine) => {
    setShown(step.id)
    setLine({ ...wanted })
  }
  // Of the step whose log is open, else of the newest one; what runs and loses executors is always told.
  const told = cluster.steps.filter(
    (step, place) =>
      (step.cause || step.losses) &&
      (step.id === shown || (shown === undefined && place === 0) || step.state === 'RUNNING'),
  )

  return (
    <section className="card" aria-label={`Cluster ${cluster.name}`}>
      <div className="card-head">
        <h2>
          {cluster.name} <span className="note">{cluster.id}</span>
        </h2>
        <StatusIndicator type={clusterMark(cluster.state)}>{cluster.state.toLowerCase()}</StatusIndicator>
        <span className="note">
          {cluster.release}
          {cluster.readyAt && (
            <>
              {', ready '}
              <Ago ms={Date.parse(cluster.readyAt)} />
            </>
          )}
          {cluster.protected ? ', protected from termination' : ', not protected'}
        </span>
      </div>
      <div className="card-actions">
        <Button disabled={busy} onClick={() => setDialog('add')}>
          Add a step…
        </Button>
        <Button onClick={() => protect(!cluster.protected)}>
          {cluster.protected ? 'Lift the protection' : 'Protect'}
        </Button>
        <Button disabled={busy || cluster.protected} onClick={() => setDialog('terminate')}>
          Terminate…
        </Button>
      </div>
      {failure && <Problem error={failure} />}
      <Table<Step>
        variant="embedded"
        ariaLabels={{ tableLabel: `Steps of ${cluster.name}`, selectionGroupLabel: 'Steps' }}
        items={cluster.steps}
        trackBy="id"
        empty="No steps yet."
        columnDefinitions={[
          { id: 'name', header: 'Step', cell: step => <span title={step.arguments.join(' ')}>{step.name}</span> },
          {
            id: 'state',
            header: 'State',
            width: 150,
            cell: step => (
              <StatusIndicator type={STEP_MARKS[step.state]}>
                {step.state.toLowerCase().replace('_', ' ')}
              </StatusIndicator>
            ),
          },
          { id: 'engine', header: 'Engine', width: 110, cell: step => step.engine },
          {
            id: 'started',
            header: 'Started',
            width: 150,
            cell: step => (step.startedAt ? <Ago ms={Date.parse(step.startedAt)} /> : '–'),
          },
          {
            id: 'failure',
            header: 'Reason',
            cell: step => step.cause?.said || step.failure?.message || step.failure?.reason || '–',
          },
          {
            id: 'actions',
            header: 'Actions',
            width: 190,
            cell: step => (
              <span className="cell-actions">
                <Button
                  variant="inline-link"
                  ariaLabel={`${shown === step.id ? 'Close' : 'Open'} log of ${step.name}`}
                  onClick={() => {
                    setLine(undefined)
                    setShown(shown === step.id ? undefined : step.id)
                  }}
                >
                  {shown === step.id ? 'Close log' : 'Open log'}
                </Button>
                {CAN_BE_CANCELLED.has(step.state) && (
                  <Button
                    variant="inline-link"
                    disabled={busy}
                    ariaLabel={`Cancel ${step.name}`}
                    onClick={() => cancelStep(step)}
                  >
                    Cancel
                  </Button>
                )}
              </span>
            ),
          },
        ]}
      />
      {told.map(step => (
        <div key={step.id}>
          {told.length > 1 && <h3>{step.name}</h3>}
          {step.cause && <StepCauseCard cause={step.cause} show={showLine(step)} />}
          {step.losses && <ExecutorLosses losses={step.losses} show={showLine(step)} />}
        </div>
      ))}
      {shown && <StepLog key={shown} clusterId={cluster.id} stepId={shown} wanted={line} />}
      {dialog === 'add' && (
        <AddStep
          onCancel={() => setDialog(undefined)}
          onConfirm={step => {
            setDialog(undefined)
            void work.run(`Add step ${step.name}`, (services, scope, signal) =>
              services.jobs.addStep({ ...scope, clusterId, ...step }, signal),
            )
          }}
        />
      )}
      {dialog === 'terminate' && (
        <Terminate
          cluster={cluster}
          onCancel={() => setDialog(undefined)}
          onConfirm={confirm => {
            setDialog(undefined)
            void work.run(`Terminate ${cluster.name}`, (services, scope, signal) =>
              services.jobs.terminate({ ...scope, clusterId, confirm }, signal),
            )
          }}
        />
      )}
    </section>
  )
}
