import { useConnection, useCoreProcess } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { useSandboxProgram } from '../../live/sandbox-program.ts'
import { Elapsed } from '../../ui/figure.tsx'
import { useNow } from '../../ui/now.ts'
import { DamageNotice, DiskNotice } from './disk-notices.tsx'
import { EventNotice } from './event-notice.tsx'
import { LimitNotice } from './limit-notice.tsx'
import { hasNotice, ProgramNotice } from './program-notice.tsx'

/**
 * What must be known on every page: core is not responding, the sandbox died and was restarted, the disk is full, a
 * file is damaged, the clock was set, AWS is about to stop the cluster.
 */
export function Notices() {
  return (
    <>
      <LostNotice />
      <CoreNotice />
      <SandboxNotices />
      <DiskNotice />
      <DamageNotice />
      <ClockNotice />
      <LimitNotice />
    </>
  )
}

function LostNotice() {
  const connection = useConnection()
  const { core } = useCoreProcess()
  // What the window knows of core's process says more.
  if (connection.state !== 'lost' || (core && hasNotice(core))) return null
  return (
    <div className="notice" data-state="bad" role="alert">
      The core has not responded for <Elapsed sinceMs={connection.sinceMs} />. The last known values are shown; the page
      reconnects automatically ({connection.attempts} {connection.attempts === 1 ? 'attempt' : 'attempts'} so far).
    </div>
  )
}

/** Times on the page do not fit together for a while: the notice of it stays as long. */
const CLOCK_NOTICE_MS = 300_000

function ClockNotice() {
  const event = useLive(live => live.events.find(entry => entry.kind === 'clock'))
  return event ? <ClockEvent event={event} /> : null
}

function ClockEvent({ event }: { event: { at: string; title: string; detail?: string | undefined } }) {
  const atMs = Date.parse(event.at)
  const old = useNow(now => now - atMs > CLOCK_NOTICE_MS)
  if (old) return null
  return (
    <div className="notice" data-state="warning" role="status">
      {event.title}. {event.detail}
    </div>
  )
}

/** On the desktop: what the window knows of core while core cannot say it. */
function CoreNotice() {
  const { core } = useCoreProcess()
  return core ? <ProgramNotice program={core} retry={askWindow} /> : null
}

const askWindow = () => {
  globalThis.sluiceWindow?.retryCore()
  return undefined
}

/** What the sandbox's process does now; and, of what happened to it, that it is back. */
function SandboxNotices() {
  const services = useConnection(connection => connection.services)
  const sandbox = useSandboxProgram()
  const event = useLive(live => live.events.find(entry => entry.kind === 'sandbox'))
  // Of a sandbox that another program keeps running only its events are known.
  const isEventShown = event && (event.state === 'good' || (event.state === 'bad' && !sandbox))
  return (
    <>
      {services && sandbox && (
        <ProgramNotice program={sandbox} retry={() => services.programs.retry({ name: 'sandbox' })} />
      )}
      {isEventShown && (!sandbox || sandbox.state === 'running') && <EventNotice event={event} />}
    </>
  )
}
