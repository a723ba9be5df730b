import type { EventMix } from '../../../shared/features/simulator.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import { breakEvent } from './break-event.ts'
import { createFieldValues, type Dimensions } from './field-values.ts'
import { chance, mix, PURPOSE } from './random.ts'
import { timeCurve } from './time-curve.ts'

export interface SimulatedEvent {
  kind: 'event' | 'invalid' | 'late'
  partitionKey: string
  data: Uint8Array
  eventTimeMs: number
}

/** Events by their number: event `n` is always the same event, for the same spec, dimensions and mix. */
export interface EventSource {
  event(n: number): SimulatedEvent
  /** The earlier event that is sent again right behind event `n`; undefined for most. */
  duplicateAfter(n: number): number | undefined
}

const HOUR_MS = 3_600_000

export function createEventSource(spec: Pipeline, dimensions: Dimensions, eventMix: EventMix): EventSource {
  const { simulator } = spec
  const { seed } = eventMix
  const timeOf = timeCurve(simulator)
  const fieldsOf = createFieldValues(spec, dimensions, seed)
  const timeField = spec.event.time
  const keyField = spec.source.partitionKey
  return {
    event(n) {
      const onTimeMs = timeOf(n, chance(PURPOSE.jitter, seed, n))
      const invalid = chance(PURPOSE.invalid, seed, n) * 100 < eventMix.invalidPercent
      const late = !invalid && chance(PURPOSE.late, seed, n) * 100 < eventMix.latePercent
      const { from, to } = simulator.lateHours
      const eventTimeMs = late
        ? onTimeMs - Math.round((from + chance(PURPOSE.lateness, seed, n) * (to - from)) * HOUR_MS)
        : onTimeMs
      const values = fieldsOf(n, eventTimeMs)
      const ordered = Object.fromEntries(
        spec.event.fields.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]])),
      )
      const partitionKey = String(values[keyField])
      if (!invalid)
        return {
          kind: late ? 'late' : 'event',
          partitionKey,
          data: Buffer.from(JSON.stringify(ordered)),
          eventTimeMs,
        }
      const data = breakEvent(
        ordered,
        spec,
        { key: spec.event.key[0] ?? keyField, time: timeField },
        mix(PURPOSE.which, seed, n),
      )
      return { kind: 'invalid', partitionKey, data, eventTimeMs }
    },
    duplicateAfter(n) {
      if (chance(PURPOSE.duplicate, seed, n) * 100 >= eventMix.duplicatesPercent) return undefined
      return Math.max(0, n - (mix(PURPOSE.duplicate, n, seed) % simulator.duplicateWithin))
    },
  }
}
