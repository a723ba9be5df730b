import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { Change } from '../../../shared/features/provision.ts'
import { useLive } from '../../live/live.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'

interface ConfirmApplyProps {
  /** Those that take something away. */
  changes: readonly Change[]
  onCancel: () => void
  onConfirm: (typed: string[]) => void
}

/** What takes something away is read before it is done, and its name typed. Core asks for the names again. */
export function ConfirmApply({ changes, onCancel, onConfirm }: ConfirmApplyProps) {
  const names = [...new Set(changes.flatMap(change => change.confirm ?? []))]
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  return (
    <Dialog
      header="Apply the plan"
      action="Apply"
      ready={names.every(name => typed[name] === name)}
      onCancel={onCancel}
      onConfirm={() => onConfirm(Object.values(typed))}
    >
      {names.map((name, place) => (
        <FormField
          key={name}
          label={`Type ${name} to confirm`}
          description={<Effects changes={changes.filter(change => change.confirm === name)} />}
        >
          <Input
            value={typed[name] ?? ''}
            autoFocus={place === 0}
            onChange={({ detail }) => setTyped(now => ({ ...now, [name]: detail.value }))}
          />
        </FormField>
      ))}
    </Dialog>
  )
}

function Effects({ changes }: { changes: readonly Change[] }) {
  return changes
    .flatMap(({ id, effects }) => (effects.length > 0 ? effects : [`${id} is replaced.`]))
    .map(line => (
      <span className="effect" key={line}>
        {line}{' '}
      </span>
    ))
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
