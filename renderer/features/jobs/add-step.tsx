import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { Dialog } from '../../ui/dialog.tsx'

export interface NewStep {
  name: string
  jar: string
  arguments: string[]
}

/** Asks for a step: its name, its jar, and one argument a line. */
export function AddStep({ onCancel, onConfirm }: { onCancel: () => void; onConfirm: (step: NewStep) => void }) {
  const [name, setName] = useState('')
  const [jar, setJar] = useState('command-runner.jar')
  const [text, setText] = useState('')
  const args = text.split('\n').map(line => line.trim())
  return (
    <Dialog
      header="Add step"
      action="Add step"
      ready={name.trim() !== '' && jar.trim() !== ''}
      onCancel={onCancel}
      onConfirm={() => onConfirm({ name: name.trim(), jar: jar.trim(), arguments: args.filter(Boolean) })}
    >
      <FormField label="Name">
        <Input value={name} autoFocus onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField
        label="Jar"
        description="command-runner.jar runs a command on the primary node; any other jar by its S3 URI."
      >
        <Input value={jar} onChange={({ detail }) => setJar(detail.value)} />
      </FormField>
      <FormField label="Arguments" description="One per line, passed as they are.">
        <Textarea value={text} rows={6} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </Dialog>
  )
}
