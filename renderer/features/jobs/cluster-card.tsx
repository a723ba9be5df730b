import { useState } from 'react'
import type { Cluster, LogLine, Step } from '../../../shared/features/jobs.ts'
import { Ago } from '../../ui/figure.tsx'
import { Status, type StatusType } from '../../ui/status.tsx'
import type { useWork } from '../../work/use-work.ts'
import { ClusterActions } from './cluster-actions.tsx'
import { HistoryUi } from './history-ui.tsx'
import { ExecutorLosses, StepCauseCard } from './step-cause.tsx'
import { StepLog } from './step-log.tsx'
import { StepTable } from './step-table.tsx'

function clusterMark(state: string): StatusType {
  if (state === 'WAITING' || state === 'RUNNING') return 'success'
  return state.startsWith('TERMINAT') ? 'stopped' : 'in-progress'
}

/** One cluster: its steps with their logs, and what can be done with it. */
export function ClusterCard({ cluster, work }: { cluster: Cluster; work: ReturnType<typeof useWork> }) {
  const [shown, setShown] = useState<string>()
  const [line, setLine] = useState<LogLine>()
  const clusterId = cluster.id
  const cancelStep = (step: Step) =>
    work.run(`Cancel step ${step.name}`, (services, scope, signal) =>
      services.jobs.cancelStep({ ...scope, clusterId, stepId: step.id }, signal),
    )
  const toggleLog = (step: Step) => {
    setLine(undefined)
    setShown(shown === step.id ? undefined : step.id)
  }
  const showLine = (step: Step, wanted: LogLine) => {
    setShown(step.id)
    setLine({ ...wanted })
  }
  return (
    <section className="card" aria-label={`Cluster ${cluster.name}`}>
      <div className="card-head">
        <h2>
          {cluster.name} <span className="note">{cluster.id}</span>
        </h2>
        <Status type={clusterMark(cluster.state)}>{cluster.state.toLowerCase()}</Status>
        <span className="note">
          {cluster.release}
          {cluster.readyAt && (
            <>
              {', ready '}
              <Ago ms={Date.parse(cluster.readyAt)} />
            </>
          )}
          {cluster.protected ? ', termination protection on' : ', termination protection off'}
        </span>
      </div>
      <ClusterActions cluster={cluster} work={work} />
      <StepTable
        cluster={cluster}
        shown={shown}
        busy={work.state === 'running'}
        onLog={toggleLog}
        onCancel={step => void cancelStep(step)}
      />
      {cluster.steps.some(step => step.engine === 'spark') && (
        <p>
          <HistoryUi clusterId={cluster.id} />
        </p>
      )}
      <Causes steps={cluster.steps} shown={shown} onLine={showLine} />
      {shown && <StepLog key={shown} clusterId={cluster.id} stepId={shown} wanted={line} />}
    </section>
  )
}

interface CausesProps {
  steps: readonly Step[]
  /** Id of the step whose log is open. */
  shown: string | undefined
  onLine: (step: Step, line: LogLine) => void
}

/** Why a step failed, of the one whose log is open, else of the newest; lost executors of every step that runs. */
function Causes({ steps, shown, onLine }: CausesProps) {
  const explained = steps.filter(
    (step, place) =>
      (step.cause || step.losses) &&
      (step.id === shown || (shown === undefined && place === 0) || step.state === 'RUNNING'),
  )
  return explained.map(step => (
    <div key={step.id}>
      {explained.length > 1 && <h3>{step.name}</h3>}
      {step.cause && <StepCauseCard cause={step.cause} show={line => onLine(step, line)} />}
      {step.losses && <ExecutorLosses losses={step.losses} show={line => onLine(step, line)} />}
    </div>
  ))
}
