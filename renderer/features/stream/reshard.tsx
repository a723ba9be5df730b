import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { Dialog } from '../../ui/dialog.tsx'

/** Asks for the number of open shards. */
export function Reshard({
  now,
  onCancel,
  onConfirm,
}: {
  now: number
  onCancel: () => void
  onConfirm: (shards: number) => void
}) {
  const [text, setText] = useState(String(now * 2))
  const shards = Number(text)
  const valid = Number.isInteger(shards) && shards >= 1 && shards <= 500
  // UpdateShardCount refuses more than double and less than half (API reference, UpdateShardCount).
  const allowed = valid && shards <= now * 2 && shards >= Math.ceil(now / 2)
  return (
    <Dialog
      header="Edit shard count"
      action={`Reshard to ${valid ? shards : '…'}`}
      ready={allowed && shards !== now}
      onCancel={onCancel}
      onConfirm={() => onConfirm(shards)}
    >
      <FormField
        label="Open shards"
        description={
          `Current: ${now}. Allowed in one step: ${Math.ceil(now / 2)} to ${now * 2}. Closed shards are read to ` +
          'their end before their children; no record is lost.'
        }
        errorText={allowed ? '' : `Enter a whole number from ${Math.ceil(now / 2)} to ${now * 2}`}
      >
        <Input value={text} inputMode="numeric" autoFocus onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </Dialog>
  )
}
