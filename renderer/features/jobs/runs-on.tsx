import type { Cluster, Step } from '../../../shared/features/jobs.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
import { SparkUiLink } from './spark-ui-link.tsx'

interface RunsOnProps {
  running: Step | undefined
  progress: QueryProgress | null | undefined
  clusters: readonly Cluster[]
  /** Of Spark on this machine. */
  version: string | undefined
  local: boolean
}

/** Which engine runs the query, and where. A step whose query has reported no progress yet is starting. */
export function RunsOn({ running, progress, clusters, version, local }: RunsOnProps) {
  if (!running) return <p>The streaming query is not running.</p>
  if (running.state === 'CANCEL_PENDING') return <p>The streaming query stops after its current batch.</p>
  const reports = progress && running.startedAt && Date.parse(progress.timestamp) >= Date.parse(running.startedAt)
  const verb = reports ? 'Running' : 'Starting'
  if (running.engine !== 'spark')
    return (
      <p>
        {verb} on the {running.engine} engine.
      </p>
    )
  const cluster = clusters.find(entry => entry.steps.includes(running))
  return (
    <p className="runs-on">
      <span>
        {verb} on Spark{version ? ` ${version}` : ''},{' '}
        {local ? 'local on this machine, not on EMR' : `on EMR ${cluster?.release ?? ''}`}.
      </span>
      {cluster && running.state === 'RUNNING' && <SparkUiLink clusterId={cluster.id} />}
    </p>
  )
}
