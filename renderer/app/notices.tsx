import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Services } from '../../shared/features/services.ts'
import { Ago } from '../ui/figure.tsx'
import { useTold } from '../ui/now.ts'
import { useConnection, useCoreProcess } from './connection.ts'
import { useLive } from './live.ts'
import { ProgramNotice } from './program-notice.tsx'
import { useFollow } from './use-follow.ts'

/** What must be known on every page: core does not answer, the sandbox has died and is back, or the clock of the machine was set. */
export function Notices() {
  return (
    <>
      <LostNotice />
      <CoreNotice />
      <SandboxNotices />
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

/** On the desktop: what the window knows of core while core cannot say it. */
function CoreNotice() {
  const { core } = useCoreProcess()
  return core ? <ProgramNotice program={core} retry={askWindow} /> : null
}

const askWindow = () => {
  globalThis.sluiceWindow?.retryCore()
  return undefined
}

const followPrograms = (services: Services, _: PipelineScope, signal: AbortSignal) => services.programs.watch({}, signal)

/** What the sandbox's process does now; and, of what happened to it, that it is back. */
function SandboxNotices() {
  const { services } = useConnection()
  const programs = useFollow(followPrograms).value
  const event = useLive(live => live.events.find(entry => entry.kind === 'sandbox'))
  const sandbox = services && programs?.find(program => program.name === 'sandbox')
  // Of a sandbox that another program keeps running only its events are known.
  const isTold = event && (event.state === 'good' || (event.state === 'bad' && !sandbox))
  return (
    <>
      {sandbox && <ProgramNotice program={sandbox} retry={() => services.programs.retry({ name: 'sandbox' })} />}
      {isTold && (!sandbox || sandbox.state === 'running') && <SandboxEvent event={event} />}
    </>
  )
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
