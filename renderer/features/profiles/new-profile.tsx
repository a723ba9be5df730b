import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { OfferedRole } from '../../../shared/features/targets.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useHidden } from '../../live/targets.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Problem } from '../../ui/problem.tsx'

interface NewProfileProps {
  login: string
  role: OfferedRole
  onClose: () => void
  /** Called with what was written, in words. */
  onWritten: (words: string) => void
}

/** Letters, digits and dashes of what AWS calls them. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

/** Asks for the name and the region of a profile, and has core put it at the end of the AWS CLI's file. */
export function NewProfile({ login, role, onClose, onWritten }: NewProfileProps) {
  const { accountId, accountName, roleName } = role
  const [name, setName] = useState([plain(accountName), plain(roleName)].filter(Boolean).join('-'))
  const [region, setRegion] = useState('')
  const [error, setError] = useState<AppError>()
  const [isWriting, setWriting] = useState(false)
  const hidden = useHidden()

  async function write() {
    const { services } = useConnection.getState()
    if (!services) return
    setWriting(true)
    const wanted = { login, name, accountId, roleName, ...(region !== '' && { region }) }
    const result = await services.targets.addProfile(wanted)
    setWriting(false)
    if (!result.ok) return setError(result.error)
    const { file, backup } = result.value
    onWritten(
      `The profile ${name} is at the end of ${file}.` +
        (backup === null ? '' : ` The file as it was before is ${backup}.`),
    )
  }

  return (
    <Dialog
      header={`A profile for ${roleName} in ${accountName}`}
      action="Add the profile"
      ready={name !== '' && !isWriting}
      onCancel={onClose}
      onConfirm={() => void write()}
    >
      <Box>
        It is added at the end of the AWS CLI's file of profiles, for account {hidden(accountId)}. What stands in the
        file stays as it is, and a copy of it is made before.
      </Box>
      <FormField label="Name" constraintText="Letters, digits and . @ + - _, 64 at most">
        <Input value={name} autoFocus onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label="Region" description="Left empty, the profile has none, and each command needs one.">
        <Input value={region} placeholder="eu-west-1" onChange={({ detail }) => setRegion(detail.value)} />
      </FormField>
      {error && <Problem error={error} />}
    </Dialog>
  )
}
