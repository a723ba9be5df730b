import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import type { ConsumerPosition } from '../../../shared/features/other-consumer.ts'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { useLive } from '../../live/live.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'

const kindsOf = (words: SourceWords) =>
  [
    { value: 'time', label: 'Consumer has processed until' },
    { value: 'offset', label: `Last ${words.offset}` },
    { value: 'checkpoint', label: 'Checkpoint folder' },
  ] as const
type Kind = ReturnType<typeof kindsOf>[number]['value']

const PLACEHOLDER: Record<Kind, string> = {
  time: '2026-11-21 14:00 UTC',
  offset: '',
  checkpoint: 's3://bucket/stream-checkpointing/theirQuery/',
}

interface ProbeFormProps {
  running: boolean
  partitions: readonly string[]
  onStart: (position: ConsumerPosition) => void
  onStop: () => void
}

/** Asks where somebody else's consumer stands, says what a probe costs, and starts it. */
export function ProbeForm({ running, partitions, onStart, onStop }: ProbeFormProps) {
  const target = useLive(live => live.scope.target)
  const words = useWords()
  const kinds = kindsOf(words)
  const [kind, setKind] = useState<Kind>('time')
  const [text, setText] = useState('')
  const [partitionId, setPartitionId] = useState(partitions[0] ?? '')
  const position = positionOf(kind, text, partitionId)
  return (
    <>
      <div className="record-bar">
        <Select
          ariaLabel="What is known of the consumer"
          disabled={running}
          selectedOption={kinds.find(entry => entry.value === kind) ?? null}
          options={[...kinds]}
          onChange={({ detail }) => setKind(detail.selectedOption.value as Kind)}
        />
        {kind === 'offset' && (
          <Select
            ariaLabel={`${capital(words.partition)} of the consumer`}
            disabled={running}
            selectedOption={{ value: partitionId, label: partitionId }}
            options={partitions.map(value => ({ value, label: value }))}
            onChange={({ detail }) => setPartitionId(detail.selectedOption.value ?? '')}
          />
        )}
        <div className="record-bar-wide">
          <Input
            ariaLabel="Position of the consumer"
            disabled={running}
            placeholder={PLACEHOLDER[kind]}
            invalid={text !== '' && !position}
            value={text}
            onChange={({ detail }) => setText(detail.value)}
          />
        </div>
        {running ? (
          <Button onClick={onStop}>Stop the probe</Button>
        ) : (
          <Button variant="primary" disabled={!position} onClick={() => position && onStart(position)}>
            {target === 'sandbox' ? 'Start the probe' : `Read from ${target}`}
          </Button>
        )}
      </div>
      <p className="note">
        A probe reads one record of each {words.partition} every five seconds: 12 a minute of the reads that a{' '}
        {words.partition} allows for all its consumers, and never more than one in five together with the record viewer.
        It changes nothing.
        {target !== 'sandbox' && (
          <strong> These reads count against the limits of {target}; the button above agrees to that.</strong>
        )}
      </p>
    </>
  )
}

function positionOf(kind: Kind, text: string, partitionId: string): ConsumerPosition | undefined {
  const given = text.trim()
  if (kind === 'offset') return given !== '' && partitionId !== '' ? { kind, partitionId, offset: given } : undefined
  if (kind === 'checkpoint') return /^s3:\/\/[a-z0-9.-]{3,63}\/.+/.test(given) ? { kind, folder: given } : undefined
  const ms = Date.parse(/(Z|UTC|[+-]\d\d:?\d\d)\s*$/i.test(given) ? given : `${given} UTC`)
  return Number.isNaN(ms) ? undefined : { kind, at: new Date(ms).toISOString() }
}
