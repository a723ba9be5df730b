import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import { useState } from 'react'
import type { ProtectionRule } from '../../../shared/features/protection.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Problem } from '../../ui/problem.tsx'

const FIELDS = [
  { name: 'account', label: 'Account', hint: 'Twelve digits, as STS says them: 111122223333, or 1111*' },
  { name: 'alias', label: 'Account alias', hint: 'As IAM says it: *-prod' },
  { name: 'profile', label: 'Profile', hint: 'The name of the profile: dev-*' },
  { name: 'colour', label: 'Colour', hint: "The profile's colour in the frame: #0972d3" },
] as const
type Field = (typeof FIELDS)[number]['name']

interface RuleFormProps {
  onCancel: () => void
  onConfirm: (rule: ProtectionRule) => Promise<AppError | undefined>
}

/** A rule more, at the end. */
export function RuleForm({ onCancel, onConfirm }: RuleFormProps) {
  const [accountClass, setClass] = useState<ProtectionRule['class']>('development')
  const [fields, setFields] = useState<Partial<Record<Field, string>>>({})
  const [neverUnlock, setNeverUnlock] = useState(false)
  const [isSandbox, setSandbox] = useState(false)
  const [note, setNote] = useState('')
  const [failure, setFailure] = useState<AppError>()
  const isProduction = accountClass === 'production'
  const conditions = isSandbox && isProduction ? {} : filled(fields)
  const rule: ProtectionRule = {
    class: accountClass,
    ...conditions,
    ...(isSandbox && isProduction && { target: 'sandbox' as const }),
    ...(isProduction && neverUnlock && { neverUnlock }),
    ...(note.trim() !== '' && { note: note.trim() }),
  }
  return (
    <Dialog
      header="Add rule"
      action="Add rule"
      ready={isProduction || Object.keys(conditions).length > 0}
      onCancel={onCancel}
      onConfirm={() => void onConfirm(rule).then(setFailure)}
    >
      <FormField label="Class">
        <RadioGroup
          value={accountClass}
          items={[
            { value: 'development', label: 'Development', description: 'Changes are made.' },
            { value: 'production', label: 'Production', description: 'Each change is unlocked by typing its name.' },
          ]}
          onChange={({ detail }) => setClass(detail.value === 'production' ? 'production' : 'development')}
        />
      </FormField>
      {isProduction && (
        <>
          <Checkbox checked={neverUnlock} onChange={({ detail }) => setNeverUnlock(detail.checked)}>
            Nothing can be unlocked
          </Checkbox>
          <Checkbox checked={isSandbox} onChange={({ detail }) => setSandbox(detail.checked)}>
            The sandbox of this machine, to try what protection does
          </Checkbox>
        </>
      )}
      {!(isSandbox && isProduction) &&
        FIELDS.map(({ name, label, hint }) => (
          <FormField key={name} label={label} description={hint}>
            <Input
              value={fields[name] ?? ''}
              onChange={({ detail }) => setFields(before => ({ ...before, [name]: detail.value }))}
            />
          </FormField>
        ))}
      <FormField label="Note">
        <Input value={note} onChange={({ detail }) => setNote(detail.value)} />
      </FormField>
      {failure && <Problem error={failure} />}
    </Dialog>
  )
}

const filled = (fields: Partial<Record<Field, string>>): Partial<Record<Field, string>> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value.trim() === '' ? [] : [[name, value.trim()]])),
  )
