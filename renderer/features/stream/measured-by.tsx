import SegmentedControl from '@cloudscape-design/components/segmented-control'
import { useMemo } from 'react'
import type { ConsumerPosition, IteratorAge, Probe } from '../../../shared/features/other-consumer.ts'
import type { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import type { Known } from '../../live/parts.ts'
import { useFollow } from '../../live/use-follow.ts'
import { changeQuery, useRoute } from '../../route/route.ts'
import { Ago, Figure } from '../../ui/figure.tsx'
import { bytes, clock, count, duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { ProbeForm } from './probe-form.tsx'

export type MeasuredBy = 'job' | 'cloudwatch' | 'probe'

/** Who says how far behind a shard is, in the table: this job, or what was measured of all that read. */
export interface Measured {
  by: MeasuredBy
  /** Of a shard, ms; null when it is not known. Undefined: as this job has it. */
  behindMs?: (shardId: string) => number | null
}

const CHOICES = [
  { id: 'job', text: 'This job' },
  { id: 'cloudwatch', text: 'CloudWatch' },
  { id: 'probe', text: 'A probe' },
] as const

/** What the page's link says. */
function useChoice(): MeasuredBy {
  const asked = useRoute().query.get('by')
  return CHOICES.find(choice => choice.id === asked)?.id ?? 'job'
}

export function MeasuredByControl() {
  const by = useChoice()
  return (
    <span className="measured-by">
      <span className="note">Measured by</span>
      <SegmentedControl
        label="Measured by"
        selectedId={by}
        options={[...CHOICES]}
        onChange={({ detail }) => changeQuery({ by: detail.selectedId === 'job' ? undefined : detail.selectedId })}
      />
    </span>
  )
}

/** A probe that was started, and where: of another target it must be agreed to again. */
export interface StartedProbe {
  target: string
  position: ConsumerPosition
}

/** What is measured besides this job, while it is chosen and there is a stream. */
export function useMeasured(
  started: StartedProbe | undefined,
  isThere: boolean,
): {
  measured: Measured
  age: Known<IteratorAge>
  probe: Known<Probe>
} {
  const by = useChoice()
  const age = useFollow(by === 'cloudwatch' && isThere ? followIteratorAge : undefined)
  const follow = useMemo(
    () => (by === 'probe' && isThere && started ? followProbe(started) : undefined),
    [by, started, isThere],
  )
  const probe = useFollow(follow)
  const measured = useMemo((): Measured => {
    if (by === 'cloudwatch')
      return { by, behindMs: id => age.value?.shards.find(shard => shard.shardId === id)?.maxMs ?? null }
    if (by === 'probe')
      return { by, behindMs: id => probe.value?.shards.find(shard => shard.shardId === id)?.behindMs ?? null }
    return { by }
  }, [by, age.value, probe.value])
  return { measured, age, probe }
}

type Services = NonNullable<ReturnType<typeof useConnection.getState>['services']>
type Scope = ReturnType<typeof useLive.getState>['scope']
const followIteratorAge = (services: Services, scope: Scope, signal: AbortSignal) =>
  services.lag.iteratorAge(scope, signal)
/** Whoever started it has read on the page what it takes, and pressed the button that says so: of that target. */
const followProbe =
  ({ target, position }: StartedProbe) =>
  (services: Services, scope: Scope, signal: AbortSignal) =>
    services.lag.probe({ ...scope, position, agreed: scope.target === target }, signal)

/** What CloudWatch has: of all readers together, and how old that is. */
export function IteratorAgeFigures({ age }: { age: Known<IteratorAge> }) {
  const known = age.value
  const minuteMs = known?.stream.minuteAt ? Date.parse(known.stream.minuteAt) : undefined
  const worst = known?.shards.reduce<{ shardId: string; maxMs: number } | undefined>(
    (most, { shardId, maxMs }) => (maxMs !== null && maxMs > (most?.maxMs ?? -1) ? { shardId, maxMs } : most),
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
          label="Of the minute"
          value={minuteMs === undefined ? undefined : clock(minuteMs).slice(0, 5)}
          atMs={known && Date.parse(known.at)}
          source="CloudWatch"
        />
        <Figure
          label="The worst shard"
          value={worst && duration(worst.maxMs)}
          source={known?.byShard === false ? 'enhanced monitoring is off' : (worst?.shardId ?? 'nobody reads')}
        />
      </div>
      <p className="note">
        The age of the last record that a GetRecords call gave, of all readers of the stream together; 0 at the newest.{' '}
        {known?.stream.maxMs === null && 'Nobody has read the stream in the last ten minutes. '}
        {known?.source.estimated && 'CloudWatch has a minute one or two minutes after its end. '}
        {known?.byShard === false && 'By shard only where enhanced monitoring is on for IteratorAgeMilliseconds.'}
      </p>
    </>
  )
}

/** What the probe found, what it costs, and where it looks. */
export function ProbeFigures(props: {
  probe: Known<Probe>
  running: boolean
  shards: readonly string[]
  onStart: (started: StartedProbe) => void
  onStop: () => void
}) {
  const { probe, running, shards, onStart, onStop } = props
  const target = useLive(live => live.scope.target)
  const known = probe.value
  return (
    <>
      <ProbeForm
        running={running && !probe.error}
        shards={shards}
        onStart={position => onStart({ target, position })}
        onStop={onStop}
      />
      {probe.error && <Problem error={probe.error} />}
      {known && (
        <>
          <div className="figures">
            <Figure
              label="Behind, the worst shard"
              value={known.behindMs === null ? undefined : duration(known.behindMs)}
              atMs={Date.parse(known.at)}
              source={known.source.name}
            />
            <Figure
              label="Shards read"
              value={count(known.shards.length)}
              unit={known.failed.length > 0 ? `of ${count(known.shards.length + known.failed.length)}` : ''}
              source={known.failed[0]?.message ?? 'GetRecords'}
              state={known.failed.length > 0 ? 'warning' : undefined}
            />
            <Figure
              label="It takes"
              value={`${(known.cost.shareOfReads * 100).toFixed(1)} %`}
              source={`${count(known.cost.readsLastMinute)} of a shard's 300 reads in the last minute, with the record viewer's`}
            />
            <Figure label="It has read" value={bytes(known.cost.readBytes)} source="of all shards" />
          </div>
          <p className="note">
            The age of the first record behind the position, looked at <Ago ms={Date.parse(known.at)} />; a shard whose
            end is before it is 0.
          </p>
        </>
      )}
    </>
  )
}
