import SegmentedControl from '@cloudscape-design/components/segmented-control'
import { useMemo } from 'react'
import type { ConsumerPosition, IteratorAge, Probe } from '../../../shared/features/other-consumer.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useLive } from '../../live/live.ts'
import type { Known } from '../../live/parts.ts'
import { useFollow } from '../../live/use-follow.ts'
import { changeQuery, useRoute } from '../../route/route.ts'

export type MeasuredBy = 'job' | 'cloudwatch' | 'probe'

/** Who says how far behind a partition is, in the table: this job, or what was measured of all that read. */
export interface Measured {
  by: MeasuredBy
  /** Of a partition, ms; null when it is not known. Undefined: as this job has it. */
  behindMs?: (partitionId: string) => number | null
}

const CHOICES = [
  { id: 'job', text: 'This job' },
  { id: 'cloudwatch', text: 'CloudWatch' },
  { id: 'probe', text: 'Probe' },
] as const

/** What the page's link says. */
function useChoice(): MeasuredBy {
  const asked = useRoute().query.get('by')
  return CHOICES.find(choice => choice.id === asked)?.id ?? 'job'
}

export function MeasuredByControl() {
  const by = useChoice()
  const can = useLive(live => live.stream.value?.can)
  return (
    <span className="measured-by">
      <span className="note">Measured by</span>
      <SegmentedControl
        label="Measured by"
        selectedId={by}
        options={CHOICES.filter(({ id }) => id !== 'cloudwatch' || can?.readerAges !== false)}
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

/** Who measures, and what the others measured while they were asked. */
export interface Measurement {
  measured: Measured
  age: Known<IteratorAge>
  probe: Known<Probe>
}

/** What is measured besides this job, while it is chosen and there is a stream. */
export function useMeasured(started: StartedProbe | undefined, isThere: boolean): Measurement {
  const by = useChoice()
  const age = useFollow(by === 'cloudwatch' && isThere ? followIteratorAge : undefined)
  const follow = useMemo(
    () => (by === 'probe' && isThere && started ? followProbe(started) : undefined),
    [by, started, isThere],
  )
  const probe = useFollow(follow)
  const measured = useMemo((): Measured => {
    if (by === 'cloudwatch')
      return { by, behindMs: id => age.value?.partitions.find(({ partitionId }) => partitionId === id)?.maxMs ?? null }
    if (by === 'probe')
      return {
        by,
        behindMs: id => probe.value?.partitions.find(({ partitionId }) => partitionId === id)?.behindMs ?? null,
      }
    return { by }
  }, [by, age.value, probe.value])
  return { measured, age, probe }
}

const followIteratorAge = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.lag.iteratorAge(scope, signal)
/** Whoever started it has read on the page what it costs, and pressed the button that says so: of that target. */
const followProbe =
  ({ target, position }: StartedProbe) =>
  (services: Services, scope: PipelineScope, signal: AbortSignal) =>
    services.lag.probe({ ...scope, position, agreed: scope.target === target }, signal)
