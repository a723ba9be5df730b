import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useEffect, useState } from 'react'
import type { RecordsFrom } from '../../../shared/features/stream.ts'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'

const kindsOf = (words: SourceWords) =>
  [
    { value: 'oldest', label: 'Oldest' },
    { value: 'newest', label: 'Latest' },
    { value: 'time', label: 'At timestamp' },
    { value: 'offset', label: `At ${words.offset}` },
    { value: 'after', label: `After ${words.offset}` },
  ] as const
type Kind = ReturnType<typeof kindsOf>[number]['value']

/** A position as it is typed, before it is one. */
interface Typed {
  kind: Kind
  text: string
}

/** Where to begin to read, as the user chooses it; a link may say it first: behind a record, or at the oldest. */
export function useRecordsFrom(after: string | null) {
  const [typed, setTyped] = useState<Typed>({ kind: 'oldest', text: '' })
  useEffect(() => {
    if (after !== null) setTyped({ kind: 'after', text: after })
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
  const words = useWords()
  const kinds = kindsOf(words)
  return (
    <>
      <Select
        ariaLabel="Starting position"
        selectedOption={kinds.find(entry => entry.value === kind) ?? null}
        options={[...kinds]}
        onChange={({ detail }) => setTyped({ kind: detail.selectedOption.value as Kind, text })}
      />
      {(kind === 'time' || kind === 'offset' || kind === 'after') && (
        <Input
          ariaLabel={kind === 'time' ? 'Timestamp' : capital(words.offset)}
          placeholder={kind === 'time' ? '2026-11-21 14:00 UTC' : ''}
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
  if (kind === 'offset' || kind === 'after') return text.trim() === '' ? undefined : { kind, offset: text.trim() }
  const ms = Date.parse(/(Z|UTC|[+-]\d\d:?\d\d)\s*$/i.test(text) ? text : `${text} UTC`)
  return Number.isNaN(ms) ? undefined : { kind, at: new Date(ms).toISOString() }
}
