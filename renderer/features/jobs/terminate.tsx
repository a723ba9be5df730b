import type { Cluster } from '../../../shared/features/jobs.ts'
import { useLive } from '../../live/live.ts'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'

/** Asks for the cluster's id before it is terminated, and says what that ends. */
export function Terminate(props: { cluster: Cluster; onCancel: () => void; onConfirm: (typed: string) => void }) {
  const { cluster, onCancel, onConfirm } = props
  const query = useLive(live => live.jobs.value?.progress?.name)
  const running = cluster.steps.filter(step => step.state === 'RUNNING' || step.state === 'PENDING')
  return (
    <TypedConfirm
      header="Terminate cluster"
      wanted={cluster.id}
      action="Terminate"
      onCancel={onCancel}
      onConfirm={onConfirm}
    >
      {running.length === 0
        ? 'No steps are running.'
        : `These steps end: ${running.map(step => step.name).join(', ')}.`}{' '}
      The checkpoint of {query ?? 'the query'} stays in S3: a job on a new cluster continues from it.
    </TypedConfirm>
  )
}
