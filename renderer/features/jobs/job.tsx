import './jobs.css'
import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { Cluster, Step } from '../../../shared/features/jobs.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { Engine } from '../../../shared/job/engine.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
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
import { SparkUiLink } from './spark-ui-link.tsx'

const LIVE: ReadonlySet<Step['state']> = new Set(['PENDING', 'RUNNING', 'CANCEL_PENDING'])
const askSpark = (services: Services, _: unknown, signal: AbortSignal) => services.runtime.spark({}, signal)

/** The cluster, its steps, and the streaming query's batches. */
export default function Job() {
  const jobs = useLive(live => live.jobs)
  const work = useWork()
  const clusters = jobs.value?.clusters ?? []
  const progress = jobs.value?.progress
  const pipeline = useLive(live => live.scope.pipeline)
  const running = clusters
    .flatMap(cluster => cluster.steps)
    .find(step => step.name.startsWith(`${pipeline} `) && LIVE.has(step.state))
  const busy = work.state === 'running'
  const { current: target } = useTargets()
  const { value: spark, reload: lookForSpark } = useCall(askSpark)
  const [chosen, choose] = useState<Engine>()
  const engines = target?.engines ?? []
  const engine = chosen ?? lastEngine(clusters, engines) ?? 'embedded'
  const local = target?.kind === 'sandbox'
  const noSpark = engine === 'spark' && local && !spark?.runtime
  const impossible = clusters.length === 0 ? 'There is no cluster' : noSpark ? 'Spark is not set up here' : undefined
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Job</h1>
          <RunsOn
            running={running}
            progress={progress}
            clusters={clusters}
            version={local ? spark?.runtime?.spark.version : undefined}
            local={local}
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
          busy={busy}
          onSetUp={() => {
            const setUp = work.run('Set up Spark', (services, _, signal) => services.runtime.setUpSpark({}, signal))
            void setUp.then(lookForSpark)
          }}
        />
      )}
      <WorkSteps work={work} cancel={work.cancel} />
      {!running && (clusters.length > 0 || progress) && <CheckpointCard work={work} />}
      {progress && <BatchCard progress={progress} />}
      {progress && hasRead(progress) && <Batches newest={progress.batchId} />}
      {clusters.length > 0 && !(progress && hasRead(progress)) && (
        <section className="card note">The batches will be here once the query has committed one.</section>
      )}
      {clusters.map(cluster => (
        <ClusterCard key={cluster.id} cluster={cluster} work={work} />
      ))}
      {jobs.value && clusters.length === 0 && (
        <section className="card">
          <h2>No cluster</h2>
          <p>A job runs on a cluster. Launch one as the plan says; its buckets and roles must be there.</p>
          <Button disabled={busy} onClick={() => work.run('Launch the cluster', launch)}>
            Launch a cluster
          </Button>
        </section>
      )}
    </div>
  )
}

/** What the streaming query ran on last, if that can run here. */
const lastEngine = (clusters: readonly Cluster[], engines: readonly Engine[]): Engine | undefined =>
  clusters
    .flatMap(cluster => cluster.steps.map(step => step.engine))
    .find((engine): engine is Engine => engine !== 'unknown' && engines.includes(engine)) ?? engines[0]

/** Which engine runs the query, and where: never to be guessed at. A step whose query has told nothing yet starts. */
function RunsOn(now: {
  running: Step | undefined
  progress: QueryProgress | null | undefined
  clusters: readonly Cluster[]
  version: string | undefined
  local: boolean
}) {
  const { running, progress } = now
  if (!running) return <p>The streaming query does not run.</p>
  if (running.state === 'CANCEL_PENDING') return <p>The streaming query ends after its batch.</p>
  const tells = progress && running.startedAt && Date.parse(progress.timestamp) >= Date.parse(running.startedAt)
  const verb = tells ? 'Runs' : 'Starts'
  if (running.engine !== 'spark')
    return (
      <p>
        {verb} on the {running.engine} engine.
      </p>
    )
  const cluster = now.clusters.find(entry => entry.steps.includes(running))
  return (
    <p className="runs-on">
      <span>
        {verb} on Spark{now.version ? ` ${now.version}` : ''},{' '}
        {now.local ? 'local on this machine, not on EMR' : `on EMR ${cluster?.release ?? ''}`}.
      </span>
      {cluster && running.state === 'RUNNING' && <SparkUiLink clusterId={cluster.id} />}
    </p>
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
