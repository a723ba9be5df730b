import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { type ReactNode, useState } from 'react'
import { Dialog } from './dialog.tsx'

interface TypedConfirmProps {
  header: string
  /** What must be typed. */
  wanted: string
  /** What the button says that does it. */
  action: string
  onCancel: () => void
  onConfirm: (typed: string) => void
  /** What will happen. */
  children: ReactNode
}

/** Asks for a name to be typed before something is destroyed. Core asks for it again. */
export function TypedConfirm({ wanted, onConfirm, children, ...dialog }: TypedConfirmProps) {
  const [typed, setTyped] = useState('')
  return (
    <Dialog {...dialog} ready={typed === wanted} onConfirm={() => onConfirm(typed)}>
      <Box>{children}</Box>
      <FormField label={`Type ${wanted} to confirm`}>
        <Input value={typed} autoFocus onChange={({ detail }) => setTyped(detail.value)} />
      </FormField>
    </Dialog>
  )
}
