import type { HistoryEvent } from '../../../shared/features/history.ts'
import { Ago } from '../../ui/figure.tsx'
import { useNow } from '../../ui/now.ts'

/** That something is well again is shown for so long. */
const GOOD_FOR_MS = 30_000

/** What happened, when, and what it means, in the event's own words. */
export function EventNotice({ event }: { event: HistoryEvent }) {
  const atMs = Date.parse(event.at)
  const isOld = useNow(now => now - atMs > GOOD_FOR_MS)
  if (isOld && event.state === 'good') return null
  return (
    <div className="notice" data-state={event.state} role={event.state === 'bad' ? 'alert' : 'status'}>
      <EventText event={event} />
    </div>
  )
}

export function EventText({ event: { title, detail, at } }: { event: HistoryEvent }) {
  return (
    <>
      {/[.]$/.test(title) ? title : `${title}.`} {detail}{' '}
      <span className="notice-age">
        <Ago ms={Date.parse(at)} />
      </span>
    </>
  )
}
