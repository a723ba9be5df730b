import type { IteratorAge, Probe } from '../../../shared/features/other-consumer.ts'
import { useLive } from '../../live/live.ts'
import type { Known } from '../../live/parts.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { Ago, Figure } from '../../ui/figure.tsx'
import { bytes, clock, count, duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import type { StartedProbe } from './measured-by.tsx'
import { ProbeForm } from './probe-form.tsx'

/** What CloudWatch has: of all readers together, and how old that is. */
export function IteratorAgeFigures({ age }: { age: Known<IteratorAge> }) {
  const words = useWords()
  const known = age.value
  const minuteMs = known?.stream.minuteAt ? Date.parse(known.stream.minuteAt) : undefined
  const worst = known?.partitions.reduce<{ partitionId: string; maxMs: number } | undefined>(
    (most, { partitionId, maxMs }) => (maxMs !== null && maxMs > (most?.maxMs ?? -1) ? { partitionId, maxMs } : most),
    undefined,
  )
  return (
    <>
      {age.error && <Problem error={age.error} />}
      <div className="figures">
        <Figure
          label="Iterator age, stream"
          value={known?.stream.maxMs == null ? undefined : duration(known.stream.maxMs)}
          atMs={minuteMs}
          estimated={known?.source.estimated ?? false}
          source="CloudWatch GetRecords.IteratorAgeMilliseconds, the greatest of a minute"
        />
        <Figure
          label="Minute"
          value={minuteMs === undefined ? undefined : clock(minuteMs).slice(0, 5)}
          atMs={known && Date.parse(known.at)}
          source="CloudWatch"
        />
        <Figure
          label={`Worst ${words.partition}`}
          value={worst && duration(worst.maxMs)}
          source={
            known?.byPartition === false ? 'enhanced monitoring is off' : (worst?.partitionId ?? 'no consumer reads')
          }
        />
      </div>
      <p className="note">
        The age of the last record that a GetRecords call returned, for all consumers of the stream together; 0 at the
        newest record. {known?.stream.maxMs === null && 'No consumer has read the stream in the last ten minutes. '}
        {known?.source.estimated && 'CloudWatch publishes a minute one or two minutes after its end. '}
        {known?.byPartition === false &&
          `By ${words.partition} only with enhanced monitoring of IteratorAgeMilliseconds.`}
      </p>
    </>
  )
}

/** What the probe found, what it costs, and where it reads. */
export function ProbeFigures(props: {
  probe: Known<Probe>
  running: boolean
  partitions: readonly string[]
  onStart: (started: StartedProbe) => void
  onStop: () => void
}) {
  const { probe, running, partitions, onStart, onStop } = props
  const target = useLive(live => live.scope.target)
  const words = useWords()
  const known = probe.value
  return (
    <>
      <ProbeForm
        running={running && !probe.error}
        partitions={partitions}
        onStart={position => onStart({ target, position })}
        onStop={onStop}
      />
      {probe.error && <Problem error={probe.error} />}
      {known && (
        <>
          <div className="figures">
            <Figure
              label={`Behind, worst ${words.partition}`}
              value={known.behindMs === null ? undefined : duration(known.behindMs)}
              atMs={Date.parse(known.at)}
              source={known.source.name}
            />
            <Figure
              label={`${capital(words.partitions)} read`}
              value={count(known.partitions.length)}
              unit={known.failed.length > 0 ? `of ${count(known.partitions.length + known.failed.length)}` : ''}
              source={known.failed[0]?.message ?? 'one record of each'}
              state={known.failed.length > 0 ? 'warning' : undefined}
            />
            <Figure
              label="Share of reads"
              value={`${(known.cost.shareOfReads * 100).toFixed(1)} %`}
              source={
                `${count(known.cost.readsLastMinute)} of a ${words.partition}'s reads in the last minute, with the ` +
                `record viewer's`
              }
            />
            <Figure label="Bytes read" value={bytes(known.cost.readBytes)} source={`of all ${words.partitions}`} />
          </div>
          <p className="note">
            The age of the first record behind the position, read <Ago ms={Date.parse(known.at)} />; 0 for a{' '}
            {words.partition} that ends before it.
          </p>
        </>
      )}
    </>
  )
}
