import './simulator.css'
import { useState } from 'react'
import type { Services } from '../../../shared/features/services.ts'
import type { SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { Problem } from '../../ui/problem.tsx'
import { type MixText, parseMix } from './mix-form.tsx'
import { MixCard, parseEvents, RateCard } from './option-cards.tsx'
import { Preview } from './preview.tsx'
import { type ProfileText, parseProfile, profileText } from './profile.ts'
import { SimulatorCounts } from './simulator-counts.tsx'
import { SimulatorHead } from './simulator-head.tsx'

const ACTIVE: ReadonlySet<SimulatorStatus['state']> = new Set(['running', 'paused', 'resolving', 'stopping'])

/** Sends events to the stream: how many a second, of which mix, and what became of them. */
export default function Simulator() {
  const scope = useLive(live => live.scope)
  const status = useLive(live => live.simulator.value)
  const [profile, setProfile] = useState<ProfileText>(profileText({ kind: 'constant', perSecond: 600 }))
  const [mix, setMix] = useState<MixText>({ seed: '1', duplicates: '1', invalid: '0.5', late: '0.5' })
  const [events, setEvents] = useState('')
  const { act, busy, failure } = useActions()
  const parsedProfile = parseProfile(profile)
  const parsedMix = parseMix(mix)
  const parsedEvents = parseEvents(events)
  const isActive = status !== undefined && ACTIVE.has(status.state)

  const start = () => {
    if (!parsedProfile.ok || !parsedMix.ok || !parsedEvents.ok) return
    const options = {
      mix: parsedMix.value,
      profile: parsedProfile.value,
      ...(parsedEvents.value !== undefined && { events: parsedEvents.value }),
    }
    void act(services => services.simulator.start({ ...scope, options }))
  }
  /** A change of the rate reaches a running simulator at once. */
  const change = (text: ProfileText) => {
    setProfile(text)
    const parsed = parseProfile(text)
    if (parsed.ok && isActive) void act(services => services.simulator.setProfile({ ...scope, profile: parsed.value }))
  }
  return (
    <div className="page">
      <SimulatorHead
        status={status}
        isActive={isActive}
        busy={busy}
        canStart={parsedProfile.ok && parsedMix.ok && parsedEvents.ok}
        onStart={start}
        onPause={() => void act(services => services.simulator.pause(scope))}
        onResume={() => void act(services => services.simulator.resume(scope))}
        onStop={() => void act(services => services.simulator.stop(scope))}
      />
      {failure && <Problem error={failure} />}
      {status?.reason && status.state === 'failed' && (
        <Problem error={{ code: 'failed', message: status.reason, retryable: true }} />
      )}
      <SimulatorCounts status={status} />
      <div className="columns-main">
        <RateCard profile={profile} onChange={change} isActive={isActive} />
        <MixCard mix={mix} onMix={setMix} events={events} onEvents={setEvents} />
      </div>
      {parsedMix.ok && <Preview mix={parsedMix.value} />}
    </div>
  )
}

/** Asks core for something the simulator shall do; one at a time. */
function useActions() {
  const services = useConnection(connection => connection.services)
  const [failure, setFailure] = useState<AppError>()
  const [busy, setBusy] = useState(false)
  const act = async (ask: (services: Services) => Promise<Result<SimulatorStatus>>) => {
    if (!services) return
    setBusy(true)
    const result = await ask(services)
    setBusy(false)
    setFailure(result.ok ? undefined : result.error)
    if (result.ok) useLive.setState({ simulator: { value: result.value, receivedMs: Date.now() } })
  }
  return { act, busy, failure }
}
