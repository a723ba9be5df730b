import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'

interface DialogProps {
  header: string
  /** What the button says that does it; the other one is Cancel. */
  action: string
  /** Whether what was entered can be done. */
  ready: boolean
  onCancel: () => void
  onConfirm: () => void
  children: ReactNode
}

/** Asks for what an action needs, and does it or leaves everything as it is. */
export function Dialog({ header, action, ready, onCancel, onConfirm, children }: DialogProps) {
  return (
    <Modal
      visible
      header={header}
      closeAriaLabel="Close"
      onDismiss={onCancel}
      footer={
        <div className="dialog-actions">
          <Button variant="link" onClick={onCancel}>
            Cancel
          </Button>
          <Button variant="primary" disabled={!ready} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      }
    >
      <SpaceBetween size="m">{children}</SpaceBetween>
    </Modal>
  )
}
