import Button from '@cloudscape-design/components/button'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { CheckName, Preflight, Verdict } from '../../../shared/features/checkpoint.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { useHidden } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { Ago } from '../../ui/figure.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Status, type StatusType } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'
import type { useWork } from '../../work/use-work.ts'
import { ResetChoices } from './reset-choices.tsx'
import { SparkCheckpoints } from './spark-checkpoints.tsx'

const STATES: Record<Preflight['state'], { type: StatusType; word: string }> = {
  none: { type: 'info', word: 'none yet: the first run starts from the oldest record' },
  fine: { type: 'success', word: 'OK' },
  warning: { type: 'warning', word: 'usable, with warnings' },
  fatal: { type: 'error', word: 'not usable: a job does not start on it' },
}
const VERDICTS: Record<Verdict['state'], { type: StatusType; word: string }> = {
  fine: { type: 'success', word: 'OK' },
  unknown: { type: 'pending', word: 'not known' },
  warning: { type: 'warning', word: 'warning' },
  fatal: { type: 'error', word: 'error' },
}
const NAMES: Record<Exclude<CheckName, 'partitions'>, string> = {
  present: 'Exists',
  whole: 'Complete',
  query: 'Query',
  stream: 'Stream',
  retention: 'Retention',
  spec: 'Spec',
  engine: 'Engine',
  'state-partitions': 'Partitions of state',
  warehouse: 'Warehouse',
  'in-use': 'In use',
}

const checksOf = (words: SourceWords): readonly Column<Verdict>[] => [
  {
    id: 'state',
    header: 'Result',
    width: 110,
    cell: ({ state }) => <Status type={VERDICTS[state].type}>{VERDICTS[state].word}</Status>,
  },
  {
    id: 'check',
    header: 'Check',
    width: 100,
    namesRow: true,
    cell: ({ check }) => (check === 'partitions' ? capital(words.partitions) : NAMES[check]),
  },
  {
    id: 'said',
    header: 'Finding',
    cell: ({ said, next, source }) => (
      <span title={`from ${source}`}>
        {said}
        {next && <span className="note"> {next}</span>}
      </span>
    ),
  },
]
const checkOf = ({ check }: Verdict): string => check

/** What a job that starts now would find in its checkpoint, and from where else it could continue. */
export function CheckpointCard({ work }: { work: ReturnType<typeof useWork> }) {
  const hidden = useHidden()
  const words = useWords()
  const checks = useMemo(() => checksOf(words), [words])
  const [time, setTime] = useState<string>()
  /** A checkpoint of Spark's own that is shown instead. */
  const [spark, setSpark] = useState<string>()
  const asked = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal) =>
        spark === undefined
          ? services.checkpoint.preflight({ ...scope, ...(time !== undefined && { time }) }, signal)
          : services.checkpoint.preflightSpark({ ...scope, address: spark }, signal),
      [time, spark],
    ),
  )
  const { reload, value: preflight } = asked
  // What was done here may have changed it.
  useEffect(() => {
    if (work.state === 'done' || work.state === 'failed') reload()
  }, [work.state, reload])
  return (
    <section className="card" aria-label="Checkpoint">
      <div className="card-head">
        <h2>{spark === undefined ? 'Checkpoint' : "Checkpoint of Spark's own"}</h2>
        {preflight && <Status type={STATES[preflight.state].type}>{STATES[preflight.state].word}</Status>}
        <span className="note">
          {preflight && (
            <>
              checked <Ago ms={Date.parse(preflight.at)} />{' '}
            </>
          )}
          <Button variant="inline-link" onClick={reload}>
            Check again
          </Button>
        </span>
      </div>
      {asked.state === 'failed' && <Problem error={asked.error} retry={reload} />}
      {!preflight && asked.state === 'loading' && (
        <p className="note">Checking checkpoint, stream, counters and batch table.</p>
      )}
      {preflight && (
        <>
          <Table
            variant="list"
            label="Checks of the checkpoint"
            rows={preflight.verdicts}
            columns={checks}
            keyOf={checkOf}
            empty="No checks."
          />
          <p className="note">
            {hidden(preflight.location)}
            {preflight.sources.map(source => `; ${source.name}${source.estimated ? ' (estimated)' : ''}`)}
          </p>
          <ResetChoices preflight={preflight} work={work} time={time} setTime={setTime} spark={spark} />
          <SparkCheckpoints steps={preflight.sparkSteps} shown={spark} show={setSpark} />
        </>
      )}
    </section>
  )
}
