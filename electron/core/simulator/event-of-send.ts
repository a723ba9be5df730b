import type { EventSource, SimulatedEvent } from './event-source.ts'
import type { SendId } from './journal.ts'

const numberOf = (id: SendId): number => Math.floor(id / 2)

/** The event of a send: the event itself, or the earlier one that is sent again behind it. */
export function eventOf(source: EventSource, id: SendId): SimulatedEvent {
  const n = numberOf(id)
  return source.event(id % 2 === 0 ? n : (source.duplicateAfter(n) ?? n))
}
