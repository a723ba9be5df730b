import Button from '@cloudscape-design/components/button'
import { useMemo } from 'react'
import type { Services } from '../../../shared/features/services.ts'
import { useLive } from '../../live/live.ts'
import { useCall } from '../../live/use-call.ts'
import { usePreferences } from '../../ui/theme/preferences.ts'
import { EventNotice, EventText } from './event-notice.tsx'

const askProgram = (services: Services) => services.about.program({})

/** That the disk takes no writes, until it does. */
export function DiskNotice() {
  const program = useCall(askProgram)
  const event = useLive(live => live.events.find(entry => entry.kind === 'disk'))
  // An earlier run may have ended on a full disk: this one says so itself when it still is.
  const isEarlier = event && program.value ? event.at < program.value.startedAt : program.state === 'loading'
  if (!event || isEarlier) return null
  return <EventNotice event={event} />
}

/** Ids of dismissed notices that are remembered: their events are gone from the history after some days. */
const MOST_DISMISSED = 200

/** Damaged files of state, until somebody has dismissed that. */
export function DamageNotice() {
  const events = useLive(live => live.events)
  const dismissed = usePreferences(preferences => preferences.dismissed)
  const set = usePreferences(preferences => preferences.set)
  const shown = useMemo(
    () => events.filter(event => event.kind === 'damage' && !dismissed.includes(event.id)),
    [events, dismissed],
  )
  if (shown.length === 0) return null
  const dismiss = () => set({ dismissed: [...dismissed, ...shown.map(event => event.id)].slice(-MOST_DISMISSED) })
  const isBad = shown.some(event => event.state === 'bad')
  return (
    <section className="notice damage" data-state={isBad ? 'bad' : 'warning'} role="alert" aria-label="Damaged files">
      <ul>
        {shown.map(event => (
          <li key={event.id}>
            <EventText event={event} />
          </li>
        ))}
      </ul>
      <Button onClick={dismiss}>Dismiss</Button>
    </section>
  )
}
