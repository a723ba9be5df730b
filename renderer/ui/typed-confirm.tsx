import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'

interface TypedConfirmProps {
  header: string
  /** What must be typed. */
  wanted: string
  /** What the two buttons say. */
  keep: string
  action: string
  onCancel: () => void
  onConfirm: (typed: string) => void
  /** What will happen. */
  children: ReactNode
}

/** Asks for a name to be typed before something is destroyed. Core asks for it again. */
export function TypedConfirm({ header, wanted, keep, action, onCancel, onConfirm, children }: TypedConfirmProps) {
  const [typed, setTyped] = useState('')
  return (
    <Modal
      visible
      header={header}
      closeAriaLabel="Close"
      onDismiss={onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              {keep}
            </Button>
            <Button variant="primary" disabled={typed !== wanted} onClick={() => onConfirm(typed)}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>{children}</Box>
        <FormField label={`Type ${wanted} to confirm`}>
          <Input value={typed} autoFocus onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  )
}
