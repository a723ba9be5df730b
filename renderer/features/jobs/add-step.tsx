import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'

interface NewStep {
  name: string
  jar: string
  arguments: string[]
}

/** Asks for a step: its name, its jar, and one argument a line. */
export function AddStep({ onCancel, onConfirm }: { onCancel: () => void; onConfirm: (step: NewStep) => void }) {
  const [name, setName] = useState('')
  const [jar, setJar] = useState('command-runner.jar')
  const [text, setText] = useState('')
  const ready = name.trim() !== '' && jar.trim() !== ''
  const args = text.split('\n').map(line => line.trim())
  return (
    <Modal
      visible
      header="Add a step"
      closeAriaLabel="Close"
      onDismiss={onCancel}
      footer={
        <SpaceBetween direction="horizontal" size="xs" alignItems="end">
          <Button variant="link" onClick={onCancel}>
            Add nothing
          </Button>
          <Button
            variant="primary"
            disabled={!ready}
            onClick={() => onConfirm({ name: name.trim(), jar: jar.trim(), arguments: args.filter(Boolean) })}
          >
            Add the step
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Name">
          <Input value={name} autoFocus onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        <FormField
          label="Jar"
          description="command-runner.jar runs a command on the primary node; any other jar by its S3 place."
        >
          <Input value={jar} onChange={({ detail }) => setJar(detail.value)} />
        </FormField>
        <FormField label="Arguments" description="One a line, as they are: nothing is quoted or split.">
          <Textarea value={text} rows={6} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  )
}
