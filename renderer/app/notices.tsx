import { Ago } from '../ui/figure.tsx'
import { useTold } from '../ui/now.ts'
import { useConnection } from './connection.ts'
import { useLive } from './live.ts'

/** What must be known on every page: core does not answer, the sandbox has died and is back, or the clock of the machine was set. */
export function Notices() {
  return (
    <>
      <LostNotice />
      <SandboxNotice />
      <ClockNotice />
    </>
  )
}

function LostNotice() {
  const connection = useConnection()
  if (connection.state !== 'lost') return null
  return (
    <div className="notice" data-state="bad" role="alert">
      The core does not answer since <Ago ms={connection.sinceMs} />. What is shown is from then; it is tried again by itself (
      {connection.attempts} {connection.attempts === 1 ? 'time' : 'times'} so far).
    </div>
  )
}

/** Times on the page do not fit together for a while: so long it is said why. */
const CLOCK_TOLD_MS = 300_000

function ClockNotice() {
  const event = useLive(live => live.events.find(entry => entry.kind === 'clock'))
  return event ? <ClockEvent event={event} /> : null
}

function ClockEvent({ event }: { event: { at: string; title: string; detail?: string | undefined } }) {
  const atMs = Date.parse(event.at)
  const old = useTold(now => now - atMs > CLOCK_TOLD_MS)
  if (old) return null
  return (
    <div className="notice" data-state="warning" role="status">
      {event.title}. {event.detail}
    </div>
  )
}

/** That it is back is told for so long. */
const TOLD_MS = 30_000

function SandboxNotice() {
  const event = useLive(live => live.events.find(entry => entry.kind === 'sandbox'))
  return event && event.state !== 'info' ? <SandboxEvent event={event} /> : null
}

function SandboxEvent({ event }: { event: { at: string; state: string; title: string } }) {
  const atMs = Date.parse(event.at)
  const old = useTold(now => now - atMs > TOLD_MS)
  if (old && event.state === 'good') return null
  return (
    <div className="notice" data-state={event.state} role="status">
      {event.title}, <Ago ms={atMs} />.{' '}
      {event.state === 'bad'
        ? 'What is shown is from before; its state is on disk and comes back with it.'
        : 'Its streams, tables and objects are as they were; a step that ran was started again.'}
    </div>
  )
}
