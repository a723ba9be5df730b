import Button from '@cloudscape-design/components/button'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import { useCallback, useEffect, useState } from 'react'
import type { CheckName, Preflight, Verdict } from '../../../shared/features/checkpoint.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useHidden } from '../../app/target-switch.tsx'
import { useCall } from '../../app/use-call.ts'
import type { useWork } from '../../app/use-work.ts'
import { Ago } from '../../ui/figure.tsx'
import { Problem } from '../../ui/problem.tsx'
import { BeginChoices } from './begin-choices.tsx'
import { SparkCheckpoints } from './spark-checkpoints.tsx'

const STATES: Record<Preflight['state'], { type: StatusIndicatorProps.Type; word: string }> = {
  none: { type: 'info', word: 'none yet: the first start reads from the oldest record' },
  fine: { type: 'success', word: 'fine' },
  warning: { type: 'warning', word: 'a start goes on, with warnings' },
  fatal: { type: 'error', word: 'a job does not start on it' },
}
const VERDICTS: Record<Verdict['state'], { type: StatusIndicatorProps.Type; word: string }> = {
  fine: { type: 'success', word: 'fine' },
  unknown: { type: 'pending', word: 'not known' },
  warning: { type: 'warning', word: 'warning' },
  fatal: { type: 'error', word: 'stops' },
}
const NAMES: Record<CheckName, string> = {
  present: 'There',
  whole: 'Whole',
  query: 'This query',
  stream: 'This stream',
  shards: 'Its shards',
  retention: 'Retention',
  spec: 'This spec',
  engine: 'Engine',
  partitions: 'Partitions',
  warehouse: 'Warehouse',
  'in-use': 'In use',
}

/** What a job that starts now would find in its checkpoint, and where else it could begin. */
export function CheckpointCard({ work }: { work: ReturnType<typeof useWork> }) {
  const hidden = useHidden()
  const [time, setTime] = useState<string>()
  /** A checkpoint of Spark's own that is looked at instead. */
  const [spark, setSpark] = useState<string>()
  const look = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal) =>
        spark === undefined
          ? services.checkpoint.preflight({ ...scope, ...(time !== undefined && { time }) }, signal)
          : services.checkpoint.preflightSpark({ ...scope, address: spark }, signal),
      [time, spark],
    ),
  )
  const { reload, value: preflight } = look
  // What was done here may have changed it.
  useEffect(() => {
    if (work.state === 'done' || work.state === 'failed') reload()
  }, [work.state, reload])
  return (
    <section className="card" aria-label="Checkpoint">
      <div className="card-head">
        <h2>{spark === undefined ? 'Checkpoint' : "Checkpoint of Spark's own"}</h2>
        {preflight && (
          <StatusIndicator type={STATES[preflight.state].type}>{STATES[preflight.state].word}</StatusIndicator>
        )}
        <span className="note">
          {preflight && (
            <>
              looked at <Ago ms={Date.parse(preflight.at)} />{' '}
            </>
          )}
          <Button variant="inline-link" onClick={reload}>
            Look again
          </Button>
        </span>
      </div>
      {look.state === 'failed' && <Problem error={look.error} retry={reload} />}
      {!preflight && look.state === 'loading' && (
        <p className="note">Looking at checkpoint, stream, counters and batch table.</p>
      )}
      {preflight && (
        <>
          <ul className="verdicts">
            {preflight.verdicts.map(verdict => (
              <li key={verdict.check} data-state={verdict.state}>
                <StatusIndicator type={VERDICTS[verdict.state].type}>{VERDICTS[verdict.state].word}</StatusIndicator>
                <span className="verdict-name">{NAMES[verdict.check]}</span>
                <span title={`from ${verdict.source}`}>
                  {verdict.said}
                  {verdict.next && <span className="note"> {verdict.next}</span>}
                </span>
              </li>
            ))}
          </ul>
          <p className="note">
            {hidden(preflight.location)}
            {preflight.sources.map(source => `; ${source.name}${source.estimated ? ' (estimated)' : ''}`)}
          </p>
          <BeginChoices preflight={preflight} work={work} time={time} setTime={setTime} spark={spark} />
          <SparkCheckpoints steps={preflight.sparkSteps} looked={spark} look={setSpark} />
        </>
      )}
    </section>
  )
}
