import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import type { ConsumerPosition } from '../../../shared/features/other-consumer.ts'
import { useLive } from '../../live/live.ts'

const KINDS = [
  { value: 'time', label: 'Consumer has processed until' },
  { value: 'sequence', label: 'Last sequence number' },
  { value: 'checkpoint', label: 'Checkpoint folder' },
] as const
type Kind = (typeof KINDS)[number]['value']

const PLACEHOLDER: Record<Kind, string> = {
  time: '2026-11-21 14:00 UTC',
  sequence: '4966…',
  checkpoint: 's3://bucket/stream-checkpointing/theirQuery/',
}

interface ProbeFormProps {
  running: boolean
  shards: readonly string[]
  onStart: (position: ConsumerPosition) => void
  onStop: () => void
}

/** Asks where somebody else's consumer stands, says what a probe costs, and starts it. */
export function ProbeForm({ running, shards, onStart, onStop }: ProbeFormProps) {
  const target = useLive(live => live.scope.target)
  const [kind, setKind] = useState<Kind>('time')
  const [text, setText] = useState('')
  const [shardId, setShardId] = useState(shards[0] ?? '')
  const position = positionOf(kind, text, shardId)
  return (
    <>
      <div className="record-bar">
        <Select
          ariaLabel="What is known of the consumer"
          disabled={running}
          selectedOption={KINDS.find(entry => entry.value === kind) ?? null}
          options={[...KINDS]}
          onChange={({ detail }) => setKind(detail.selectedOption.value as Kind)}
        />
        {kind === 'sequence' && (
          <Select
            ariaLabel="Shard of the consumer"
            disabled={running}
            selectedOption={{ value: shardId, label: shardId }}
            options={shards.map(value => ({ value, label: value }))}
            onChange={({ detail }) => setShardId(detail.selectedOption.value ?? '')}
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
        A probe reads one record of each shard every five seconds: 12 of the 300 reads a minute that a shard allows for
        all its consumers, and never more than one in five together with the record viewer. It changes nothing.
        {target !== 'sandbox' && (
          <strong> These reads count against the limits of {target}; the button above agrees to that.</strong>
        )}
      </p>
    </>
  )
}

function positionOf(kind: Kind, text: string, shardId: string): ConsumerPosition | undefined {
  const given = text.trim()
  if (kind === 'sequence')
    return /^\d{20,129}$/.test(given) && shardId !== '' ? { kind, shardId, sequenceNumber: given } : undefined
  if (kind === 'checkpoint') return /^s3:\/\/[a-z0-9.-]{3,63}\/.+/.test(given) ? { kind, folder: given } : undefined
  const ms = Date.parse(/(Z|UTC|[+-]\d\d:?\d\d)\s*$/i.test(given) ? given : `${given} UTC`)
  return Number.isNaN(ms) ? undefined : { kind, at: new Date(ms).toISOString() }
}
