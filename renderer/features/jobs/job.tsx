import './jobs.css'
import Button from '@cloudscape-design/components/button'
import { useLive } from '../../app/live.ts'
import { useWork } from '../../app/use-work.ts'
import { Problem } from '../../ui/problem.tsx'
import { Stale } from '../../ui/stale.tsx'
import { WorkSteps } from '../../ui/work-steps.tsx'
import { BatchCard } from './batch-card.tsx'
import { Batches } from './batches.tsx'
import { ClusterCard } from './cluster-card.tsx'

/** The cluster, its steps, and the streaming query's batches. */
export default function Job() {
  const jobs = useLive(live => live.jobs)
  const work = useWork()
  const clusters = jobs.value?.clusters ?? []
  const running = clusters.flatMap(cluster => cluster.steps).find(step => step.state === 'RUNNING' || step.state === 'PENDING')
  const busy = work.state === 'running'
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
              disabled={busy}
              onClick={() =>
                work.run('End the job after its batch', (services, scope, signal) => services.jobs.cancel(scope, signal))
              }
            >
              End after its batch
            </Button>
          ) : (
            <Button
              variant="primary"
              disabled={clusters.length === 0 || busy}
              onClick={() => work.run('Start the job', (services, scope, signal) => services.jobs.start(scope, signal))}
            >
              Start the job
            </Button>
          )}
        </div>
      </div>
      {jobs.error && !jobs.value && <Problem error={jobs.error} />}
      <Stale parts={{ job: jobs }} />
      <WorkSteps work={work} cancel={work.cancel} />
      {jobs.value?.progress ? (
        <>
          <BatchCard progress={jobs.value.progress} />
          <Batches newest={jobs.value.progress.batchId} />
        </>
      ) : (
        <section className="card note">The batches will be here once the query has committed one.</section>
      )}
      {clusters.map(cluster => (
        <ClusterCard key={cluster.id} cluster={cluster} work={work} />
      ))}
      {jobs.value && clusters.length === 0 && (
        <section className="card">
          <p className="note">There is no cluster. Launch one as the plan says; its buckets and roles must be there.</p>
          <Button disabled={busy} onClick={() => work.run('Launch the cluster', launch)}>
            Launch a cluster
          </Button>
        </section>
      )}
    </div>
  )
}

/** Applies the plan's change of the cluster, and no other. */
const launch: Parameters<ReturnType<typeof useWork>['run']>[1] = async function* (services, scope, signal) {
  const plan = await services.provision.plan(scope, signal)
  if (!plan.ok) {
    yield plan
    return
  }
  const only = plan.value.changes.filter(change => change.kind === 'cluster').map(change => change.id)
  yield* services.provision.apply({ ...scope, only }, signal)
}
