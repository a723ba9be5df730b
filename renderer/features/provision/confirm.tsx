import type { Change } from '../../../shared/features/provision.ts'
import { useLive } from '../../live/live.ts'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'

interface ConfirmApplyProps {
  effects: readonly string[]
  onCancel: () => void
  onConfirm: () => void
}

/** Some changes end or lose something beyond what differs: that is read before it is done. */
export function ConfirmApply({ effects, onCancel, onConfirm }: ConfirmApplyProps) {
  const name = useLive(live => live.scope.pipeline)
  return (
    <TypedConfirm header="Apply the plan" wanted={name} action="Apply" onCancel={onCancel} onConfirm={onConfirm}>
      <ul className="details">
        {effects.map(effect => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
    </TypedConfirm>
  )
}

interface ConfirmDestroyProps {
  changes: readonly Change[]
  onCancel: () => void
  onConfirm: (typed: string) => void
}

export function ConfirmDestroy({ changes, onCancel, onConfirm }: ConfirmDestroyProps) {
  const name = useLive(live => live.scope.pipeline)
  const managed = changes.filter(change => change.madeHere)
  return (
    <TypedConfirm
      header="Destroy the pipeline"
      wanted={name}
      action={`Destroy ${managed.length} ${managed.length === 1 ? 'resource' : 'resources'}`}
      onCancel={onCancel}
      onConfirm={onConfirm}
    >
      This deletes the resources that Sluice manages, with their data, and nothing else:{' '}
      {managed.map(change => `${change.kind} ${change.name}`).join(', ') || 'none'}. Termination protection of its
      cluster is turned off first.
    </TypedConfirm>
  )
}
