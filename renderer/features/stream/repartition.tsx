import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { Dialog } from '../../ui/dialog.tsx'

/** Asks for the number of open partitions, of those that the stream can be given in one step. */
export function Repartition({
  now,
  bounds: { least, most },
  onCancel,
  onConfirm,
}: {
  now: number
  bounds: { least: number; most: number }
  onCancel: () => void
  onConfirm: (partitions: number) => void
}) {
  const words = useWords()
  const [text, setText] = useState(String(Math.min(now * 2, most)))
  const partitions = Number(text)
  const allowed = Number.isInteger(partitions) && partitions >= least && partitions <= most
  return (
    <Dialog
      header={`Edit ${words.partition} count`}
      action={`${capital(words.repartition)} to ${Number.isInteger(partitions) ? partitions : '…'}`}
      ready={allowed && partitions !== now}
      onCancel={onCancel}
      onConfirm={() => onConfirm(partitions)}
    >
      <FormField
        label={`Open ${words.partitions}`}
        description={
          `Current: ${now}. Allowed in one step: ${least} to ${most}. Closed ${words.partitions} are read to their ` +
          'end before their children; no record is lost.'
        }
        errorText={allowed ? '' : `Enter a whole number from ${least} to ${most}`}
      >
        <Input value={text} inputMode="numeric" autoFocus onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </Dialog>
  )
}
