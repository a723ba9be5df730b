import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useEffect, useState } from 'react'
import type { RecordsFrom } from '../../../shared/features/stream.ts'

const KINDS = [
  { value: 'oldest', label: 'Trim horizon (oldest)' },
  { value: 'newest', label: 'Latest' },
  { value: 'time', label: 'At timestamp' },
  { value: 'sequence', label: 'At sequence number' },
  { value: 'after', label: 'After sequence number' },
] as const
type Kind = (typeof KINDS)[number]['value']

const IS_SEQUENCE_NUMBER = /^\d{20,129}$/

/** A position as it is typed, before it is one. */
interface Typed {
  kind: Kind
  text: string
}

/** Where to begin to read, as the user chooses it; a link may say it first: behind a record, or at the oldest. */
export function useRecordsFrom(after: string | null) {
  const [typed, setTyped] = useState<Typed>({ kind: 'oldest', text: '' })
  // A batch that began with the query has no record before it.
  useEffect(() => {
    if (after !== null) setTyped({ kind: IS_SEQUENCE_NUMBER.test(after) ? 'after' : 'oldest', text: after })
  }, [after])
  return { typed, setTyped, from: fromOf(typed) }
}

interface RecordsFromFieldsProps {
  typed: Typed
  setTyped: (typed: Typed) => void
  isValid: boolean
}

export function RecordsFromFields({ typed, setTyped, isValid }: RecordsFromFieldsProps) {
  const { kind, text } = typed
  return (
    <>
      <Select
        ariaLabel="Starting position"
        selectedOption={KINDS.find(entry => entry.value === kind) ?? null}
        options={[...KINDS]}
        onChange={({ detail }) => setTyped({ kind: detail.selectedOption.value as Kind, text })}
      />
      {(kind === 'time' || kind === 'sequence' || kind === 'after') && (
        <Input
          ariaLabel={kind === 'time' ? 'Timestamp' : 'Sequence number'}
          placeholder={kind === 'time' ? '2026-11-21 14:00 UTC' : '4966…'}
          invalid={text !== '' && !isValid}
          value={text}
          onChange={({ detail }) => setTyped({ kind, text: detail.value })}
        />
      )}
    </>
  )
}

function fromOf({ kind, text }: Typed): RecordsFrom | undefined {
  if (kind === 'oldest' || kind === 'newest') return { kind }
  if (kind === 'sequence' || kind === 'after')
    return IS_SEQUENCE_NUMBER.test(text.trim()) ? { kind, sequenceNumber: text.trim() } : undefined
  const ms = Date.parse(/(Z|UTC|[+-]\d\d:?\d\d)\s*$/i.test(text) ? text : `${text} UTC`)
  return Number.isNaN(ms) ? undefined : { kind, at: new Date(ms).toISOString() }
}
