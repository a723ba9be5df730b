import './jobs.css'
import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { Cluster, Step } from '../../../shared/features/jobs.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { Engine } from '../../../shared/job/engine.ts'
import { useLive } from '../../live/live.ts'
import { Stale } from '../../live/stale.tsx'
import { useTargets } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { Problem } from '../../ui/problem.tsx'
import { useWork } from '../../work/use-work.ts'
import { WorkSteps } from '../../work/work-steps.tsx'
import { BatchCard, hasRead } from './batch-card.tsx'
import { Batches } from './batches.tsx'
import { CheckpointCard } from './checkpoint-card.tsx'
import { ClusterCard } from './cluster-card.tsx'
import { EngineChoice } from './engine-choice.tsx'
import { JobActions } from './job-actions.tsx'
import { RunsOn } from './runs-on.tsx'

const LIVE: ReadonlySet<Step['state']> = new Set(['PENDING', 'RUNNING', 'CANCEL_PENDING'])
const askSpark = (services: Services, _: unknown, signal: AbortSignal) => services.runtime.spark({}, signal)

/** The cluster, its steps, and the streaming query's batches. */
export default function Job() {
  const jobs = useLive(live => live.jobs)
  const work = useWork()
  const clusters = jobs.value?.clusters ?? []
  const progress = jobs.value?.progress
  const running = useRunningStep(clusters)
  const { engine, engines, choose, spark, lookForSpark, isLocal } = useEngine(clusters)
  const noSpark = engine === 'spark' && isLocal && !spark?.runtime
  const impossible = clusters.length === 0 ? 'There is no cluster' : noSpark ? 'Spark is not set up here' : undefined
  const isCommitted = progress && hasRead(progress)
  const setUpSpark = async () => {
    await work.run('Set up Spark', (services, _, signal) => services.runtime.setUpSpark({}, signal))
    lookForSpark()
  }
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Job</h1>
          <RunsOn
            running={running}
            progress={progress}
            clusters={clusters}
            version={isLocal ? spark?.runtime?.spark.version : undefined}
            local={isLocal}
          />
        </div>
        <JobActions live={running} engine={engine} impossible={impossible} work={work} />
      </div>
      {jobs.error && !jobs.value && <Problem error={jobs.error} />}
      <Stale parts={{ job: jobs }} />
      {!running && engines.length > 1 && (
        <EngineChoice
          engines={engines}
          engine={engine}
          onChange={choose}
          spark={spark}
          busy={work.state === 'running'}
          onSetUp={() => void setUpSpark()}
        />
      )}
      <WorkSteps work={work} cancel={work.cancel} />
      {!running && (clusters.length > 0 || progress) && <CheckpointCard work={work} />}
      {progress && <BatchCard progress={progress} />}
      {isCommitted && <Batches newest={progress.batchId} />}
      {clusters.length > 0 && !isCommitted && (
        <section className="card note">No batches yet: the query has not committed one.</section>
      )}
      {clusters.map(cluster => (
        <ClusterCard key={cluster.id} cluster={cluster} work={work} />
      ))}
      {jobs.value && clusters.length === 0 && <NoCluster work={work} />}
    </div>
  )
}

/** The streaming step of the pipeline that is pending, runs or is being ended. */
function useRunningStep(clusters: readonly Cluster[]): Step | undefined {
  const pipeline = useLive(live => live.scope.pipeline)
  return clusters
    .flatMap(cluster => cluster.steps)
    .find(step => step.name.startsWith(`${pipeline} `) && LIVE.has(step.state))
}

/** The engine that the next start uses: the chosen one, else the one of last time. */
function useEngine(clusters: readonly Cluster[]) {
  const { current: target } = useTargets()
  const { value: spark, reload: lookForSpark } = useCall(askSpark)
  const [chosen, choose] = useState<Engine>()
  const engines = target?.engines ?? []
  const engine = chosen ?? lastEngine(clusters, engines) ?? 'embedded'
  return { engine, engines, choose, spark, lookForSpark, isLocal: target?.kind === 'sandbox' }
}

/** What the streaming query ran on last, if that can run here. */
const lastEngine = (clusters: readonly Cluster[], engines: readonly Engine[]): Engine | undefined =>
  clusters
    .flatMap(cluster => cluster.steps.map(step => step.engine))
    .find((engine): engine is Engine => engine !== 'unknown' && engines.includes(engine)) ?? engines[0]

function NoCluster({ work }: { work: ReturnType<typeof useWork> }) {
  return (
    <section className="card">
      <h2>No cluster</h2>
      <p>A job needs a cluster. Launch the one of the plan; its buckets and roles must exist.</p>
      <Button disabled={work.state === 'running'} onClick={() => work.run('Launch the cluster', launch)}>
        Launch cluster
      </Button>
    </section>
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
  yield* services.provision.apply({ ...scope, shown: plan.value, only }, signal)
}
