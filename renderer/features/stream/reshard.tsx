import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'

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
    <Modal
      visible
      header="Change the number of shards"
      closeAriaLabel="Close"
      onDismiss={onCancel}
      footer={
        <SpaceBetween direction="horizontal" size="xs" alignItems="end">
          <Button variant="link" onClick={onCancel}>
            Leave it at {now}
          </Button>
          <Button variant="primary" disabled={!allowed || shards === now} onClick={() => onConfirm(shards)}>
            Reshard to {valid ? shards : '…'}
          </Button>
        </SpaceBetween>
      }
    >
      <FormField
        label="Open shards"
        description={`Now ${now}. One step goes to between ${Math.ceil(now / 2)} and ${now * 2}. Closed shards are drained before their children are read; no record is lost.`}
        errorText={allowed ? '' : `A whole number from ${Math.ceil(now / 2)} to ${now * 2}`}
      >
        <Input value={text} inputMode="numeric" autoFocus onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </Modal>
  )
}
