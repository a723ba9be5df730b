import Button from '@cloudscape-design/components/button'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { Cluster, Step } from '../../../shared/features/jobs.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
import { useLive } from '../../app/live.ts'
import { useWork } from '../../app/use-work.ts'
import { Ago, Figure } from '../../ui/figure.tsx'
import { absolute, bytes, count, duration, rate } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { WorkSteps } from '../../ui/work-steps.tsx'
import { StepLog } from './step-log.tsx'

const STEP_MARKS: Record<Step['state'], StatusIndicatorProps.Type> = {
  PENDING: 'pending',
  CANCEL_PENDING: 'in-progress',
  RUNNING: 'success',
  COMPLETED: 'success',
  CANCELLED: 'stopped',
  FAILED: 'error',
  INTERRUPTED: 'warning',
}

/** The cluster, its steps, and the streaming query's newest batch. */
export default function Job() {
  const { jobs } = useLive()
  const work = useWork()
  const clusters = jobs.value?.clusters ?? []
  const running = clusters.flatMap(cluster => cluster.steps).find(step => step.state === 'RUNNING' || step.state === 'PENDING')
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Job</h1>
          <p>{running ? `Runs on the ${running.engine} engine.` : 'The streaming query does not run.'}</p>
        </div>
        <div className="page-actions">
          {running ? (
            <Button
              disabled={work.state === 'running'}
              onClick={() =>
                work.run('End the job after its batch', (services, scope, signal) => services.jobs.cancel(scope, signal))
              }
            >
              End after its batch
            </Button>
          ) : (
            <Button
              variant="primary"
              disabled={clusters.length === 0 || work.state === 'running'}
              onClick={() => work.run('Start the job', (services, scope, signal) => services.jobs.start(scope, signal))}
            >
              Start the job
            </Button>
          )}
        </div>
      </div>
      {jobs.error && !jobs.value && <Problem error={jobs.error} />}
      <WorkSteps work={work} cancel={work.cancel} />
      {jobs.value?.progress ? (
        <Batch progress={jobs.value.progress} />
      ) : (
        <section className="card note">The newest batch will be here once the query has committed one.</section>
      )}
      {clusters.map(cluster => (
        <ClusterCard key={cluster.id} cluster={cluster} />
      ))}
      {jobs.value && clusters.length === 0 && (
        <section className="card note">There is no cluster. Apply the plan on the Provision page: it launches one.</section>
      )}
    </div>
  )
}

/** Parts of a batch, in their order; the engine's own names where it has more than Spark. */
const PHASES: [key: string, name: string][] = [
  ['latestOffset', 'read'],
  ['classifyRecords', 'judge'],
  ['waitForBatchBefore', 'wait for the batch before'],
  ['walCommit', 'plan'],
  ['stageFiles', 'stage'],
  ['warehouseTransaction', 'warehouse transaction'],
  ['commitOffsets', 'commit'],
]

function Batch({ progress }: { progress: QueryProgress }) {
  const { counts, committedAt, engine } = progress.sluice
  const at = Date.parse(committedAt)
  const phases = PHASES.flatMap(([key, name]) =>
    progress.durationMs[key] === undefined ? [] : [{ name, ms: progress.durationMs[key] }],
  )
  const total = phases.reduce((sum, phase) => sum + phase.ms, 0)
  const watermark = progress.eventTime.watermark
  return (
    <section className="card">
      <div className="card-head">
        <h2>
          {progress.numInputRows === 0 ? 'Idle after batch' : 'Batch'} {count(progress.batchId)}
        </h2>
        <span className="note">
          {progress.name}, {engine} engine, <Ago ms={at} />
        </span>
      </div>
      <div className="figures">
        <Figure label="Input" value={rate(progress.inputRowsPerSecond)} unit="rows/s" source="of this trigger" />
        <Figure
          label="Can process"
          value={rate(progress.processedRowsPerSecond)}
          unit="rows/s"
          source="of this trigger"
          state={
            progress.numInputRows > 0 && progress.processedRowsPerSecond < progress.inputRowsPerSecond ? 'warning' : undefined
          }
        />
        <Figure label="Took" value={duration(progress.batchDuration)} source="from its start to its commit" />
        <Figure
          label="Watermark"
          value={watermark ? absolute(Date.parse(watermark)).slice(5, 16) : undefined}
          unit="UTC"
          source="event time; older is late"
        />
        <Figure label="Read" value={count(counts.read)} unit="rows" source="of the batch" />
        <Figure
          label="Loaded"
          value={count(counts.loaded)}
          unit="rows"
          source={`${count(counts.duplicatesInBatch + counts.duplicatesMatched)} duplicates`}
        />
        <Figure label="Invalid" value={count(counts.invalid)} unit="rows" source="in quarantine" />
        <Figure label="Late" value={count(counts.late)} unit="rows" source="in quarantine" />
      </div>
      {total > 0 && (
        <>
          <div className="phases" role="img" aria-label={phases.map(phase => `${phase.name} ${duration(phase.ms)}`).join(', ')}>
            {phases
              .filter(phase => phase.ms > 0)
              .map((phase, index) => (
                <div
                  key={phase.name}
                  style={{ flexGrow: phase.ms, opacity: 1 - index * 0.11 }}
                  title={`${phase.name}: ${duration(phase.ms)}`}
                />
              ))}
          </div>
          <p className="note">
            {phases
              .filter(phase => phase.ms > 0)
              .map(phase => `${phase.name} ${duration(phase.ms)}`)
              .join(' · ')}
          </p>
        </>
      )}
      <details>
        <summary className="note">Positions per shard</summary>
        <table className="ledger">
          <tbody>
            {Object.entries(progress.sources[0]?.endOffset ?? {}).map(([shard, position]) => (
              <tr key={shard}>
                <th scope="row">
                  {shard} <span className="note">{position.position}</span>
                </th>
                <td>
                  {count(position.records)} records, {bytes(position.bytes)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  )
}

function ClusterCard({ cluster }: { cluster: Cluster }) {
  const [shown, setShown] = useState<string>()
  return (
    <section className="card">
      <div className="card-head">
        <h2>
          {cluster.name} <span className="note">{cluster.id}</span>
        </h2>
        <StatusIndicator
          type={
            cluster.state === 'WAITING' || cluster.state === 'RUNNING'
              ? 'success'
              : cluster.state.startsWith('TERMINAT')
                ? 'stopped'
                : 'in-progress'
          }
        >
          {cluster.state.toLowerCase()}
        </StatusIndicator>
        <span className="note">
          {cluster.release}
          {cluster.readyAt && (
            <>
              {', ready '}
              <Ago ms={Date.parse(cluster.readyAt)} />
            </>
          )}
        </span>
      </div>
      <Table<Step>
        variant="embedded"
        ariaLabels={{ tableLabel: `Steps of ${cluster.name}`, selectionGroupLabel: 'Steps' }}
        items={cluster.steps}
        trackBy="id"
        empty="No steps yet."
        columnDefinitions={[
          { id: 'name', header: 'Step', cell: step => step.name },
          {
            id: 'state',
            header: 'State',
            width: 150,
            cell: step => (
              <StatusIndicator type={STEP_MARKS[step.state]}>{step.state.toLowerCase().replace('_', ' ')}</StatusIndicator>
            ),
          },
          { id: 'engine', header: 'Engine', width: 110, cell: step => step.engine },
          {
            id: 'started',
            header: 'Started',
            width: 150,
            cell: step => (step.startedAt ? <Ago ms={Date.parse(step.startedAt)} /> : '–'),
          },
          { id: 'failure', header: 'Reason', cell: step => step.failure?.message || step.failure?.reason || '–' },
          {
            id: 'log',
            header: 'Log',
            width: 110,
            cell: step => (
              <Button variant="inline-link" onClick={() => setShown(shown === step.id ? undefined : step.id)}>
                {shown === step.id ? 'Close' : 'Open'}
              </Button>
            ),
          },
        ]}
      />
      {shown && <StepLog clusterId={cluster.id} stepId={shown} />}
    </section>
  )
}
