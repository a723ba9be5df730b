import type { HistoryEvent } from '../../../shared/features/history.ts'
import { useLive } from '../../live/live.ts'
import { linkTo, type PageId } from '../../route/route.ts'
import { Ago } from '../../ui/figure.tsx'
import { Status, type StatusType } from '../../ui/status.tsx'

const SHOWN = 12
const MARKS: Record<HistoryEvent['state'], StatusType> = {
  info: 'info',
  good: 'success',
  warning: 'warning',
  bad: 'error',
}
const PAGES: Record<HistoryEvent['kind'], PageId> = {
  work: 'provision',
  step: 'job',
  cluster: 'job',
  stream: 'stream',
  simulator: 'simulator',
  sandbox: 'home',
  clock: 'home',
  disk: 'home',
  damage: 'home',
}

/** What changed in the last day, newest first, each with the page that shows it. */
export function Timeline() {
  const events = useLive(live => live.events)
  return (
    <section className="card">
      <div className="card-head">
        <h2>Recent events</h2>
        <span className="note">last 24 hours, as recorded by this console</span>
      </div>
      {events.length === 0 ? (
        <p className="note">No events yet. Plans, steps, changes of the stream and the simulator are recorded here.</p>
      ) : (
        <ol className="timeline">
          {events.slice(0, SHOWN).map(event => (
            <li key={event.id}>
              <span className="timeline-when">
                <Ago ms={Date.parse(event.at)} />
              </span>
              <Status type={MARKS[event.state]}>
                <a href={linkTo(PAGES[event.kind])}>{event.title}</a>
              </Status>
              {event.detail && (
                <span className="timeline-detail" title={event.detail}>
                  {event.detail}
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
