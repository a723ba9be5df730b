import type { EventMix, PreviewedEvent } from '../../../shared/features/simulator.ts'
import { eventOf } from './event-of-send.ts'
import { createEventSource } from './event-source.ts'
import { keyOf } from './mix-key.ts'
import type { Simulator } from './open-simulators.ts'

/** The next events of a mix, as they would be sent; nothing is sent or written. */
export function previewOf(
  { context, dimensions, journal }: Simulator,
  { mix, count }: { mix: EventMix; count: number },
): PreviewedEvent[] {
  const source = createEventSource(context.spec, dimensions, mix)
  const from = journal.state.next.get(keyOf(mix)) ?? 0
  const events: PreviewedEvent[] = []
  for (let n = from; events.length < count; n++) {
    const event = source.event(n)
    events.push({ partitionKey: event.partitionKey, kind: event.kind, data: textOf(event.data) })
    if (source.duplicateAfter(n) === undefined) continue
    const again = eventOf(source, n * 2 + 1)
    events.push({ partitionKey: again.partitionKey, kind: 'duplicate', data: textOf(again.data) })
  }
  return events.slice(0, count)
}

const textOf = (data: Uint8Array): string => Buffer.from(data).toString('utf8')
