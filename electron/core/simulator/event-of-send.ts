import type { EventSource, SimulatedEvent } from './event-source.ts'
import type { SendId } from './journal.ts'

const orderOf = (id: SendId): number => Math.floor(id / 2)

/** The event of a send: the order itself, or the earlier one that is sent again behind it. */
export function eventOf(source: EventSource, id: SendId): SimulatedEvent {
  const order = orderOf(id)
  return source.order(id % 2 === 0 ? order : (source.duplicateAfter(order) ?? order))
}
