import './simulator.css'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { useCallback, useState } from 'react'
import type { Services } from '../../../shared/features/services.ts'
import type { EventMix, RateProfile, SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { pointsOf, throttledLine } from '../../live/samples.ts'
import { useCall } from '../../live/use-call.ts'
import { capital, useEventWords } from '../../live/use-pipeline.ts'
import { useSamples } from '../../live/use-samples.ts'
import { showRange } from '../../route/range.ts'
import { RangeBar } from '../../route/range-bar.tsx'
import { TimeChart } from '../../ui/chart/chart.tsx'
import type { Line } from '../../ui/chart/chart-points.ts'
import { Figure } from '../../ui/figure.tsx'
import { bytes, count, rate } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { MixForm, type MixText, parseMix } from './mix-form.tsx'
import { PROFILES, type ProfileText, parseProfile, profileText } from './profile.ts'
import { ProfileCurve } from './profile-curve.tsx'

const TYPES: Partial<Record<SimulatorStatus['state'], StatusIndicatorProps.Type>> = {
  running: 'success',
  paused: 'pending',
  resolving: 'in-progress',
  stopping: 'in-progress',
  failed: 'error',
}

const perSecond = (value: number): string => `${rate(value)}/s`

/** Drives the stream with events: how many a second, of which mix, and what became of them. */
export default function Simulator() {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const simulator = useLive(live => live.simulator)
  const { samples, fromMs, toMs, error: historyError } = useSamples()
  const status = simulator.value
  const { plural } = useEventWords()
  const [profile, setProfile] = useState<ProfileText>(profileText({ kind: 'constant', perSecond: 600 }))
  const [mix, setMix] = useState<MixText>({ seed: '1', duplicates: '1', invalid: '0.5', late: '0.5' })
  const [events, setEvents] = useState('')
  const [failure, setFailure] = useState<AppError>()
  const [busy, setBusy] = useState(false)
  const parsedProfile = parseProfile(profile)
  const parsedMix = parseMix(mix)
  const wantedEvents = events.trim() === '' ? undefined : Number(events)
  const eventsError =
    wantedEvents !== undefined && !(Number.isInteger(wantedEvents) && wantedEvents > 0)
      ? 'A whole number above 0, or nothing'
      : ''
  const active =
    status?.state === 'running' ||
    status?.state === 'paused' ||
    status?.state === 'resolving' ||
    status?.state === 'stopping'

  const act = async (ask: (services: Services) => Promise<Result<SimulatorStatus>>) => {
    if (!services) return
    setBusy(true)
    const result = await ask(services)
    setBusy(false)
    setFailure(result.ok ? undefined : result.error)
    if (result.ok) useLive.setState({ simulator: { value: result.value, receivedMs: Date.now() } })
  }
  const start = () => {
    if (!parsedProfile.ok || !parsedMix.ok) return
    const options = {
      mix: parsedMix.value,
      profile: parsedProfile.value,
      ...(wantedEvents !== undefined && { events: wantedEvents }),
    }
    void act(services => services.simulator.start({ ...scope, options }))
  }
  /** A change of the rate reaches a running simulator at once. */
  const change = (text: ProfileText) => {
    setProfile(text)
    const parsed = parseProfile(text)
    if (parsed.ok && active) void act(services => services.simulator.setProfile({ ...scope, profile: parsed.value }))
  }
  const at = status && Date.parse(status.at)
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Simulator</h1>
          <p>{capital(plural)} drawn from the dimension files, the same for the same seed.</p>
        </div>
        <div className="page-actions">
          {status && <StatusIndicator type={TYPES[status.state] ?? 'stopped'}>{status.state}</StatusIndicator>}
          {status?.state === 'running' && (
            <Button disabled={busy} onClick={() => act(services => services.simulator.pause(scope))}>
              Pause
            </Button>
          )}
          {status?.state === 'paused' && (
            <Button disabled={busy} onClick={() => act(services => services.simulator.resume(scope))}>
              Resume
            </Button>
          )}
          {active ? (
            <Button
              variant="primary"
              loading={busy || status?.state === 'stopping'}
              onClick={() => act(services => services.simulator.stop(scope))}
            >
              Stop
            </Button>
          ) : (
            <Button
              variant="primary"
              loading={busy}
              disabled={!parsedProfile.ok || !parsedMix.ok || eventsError !== ''}
              onClick={start}
            >
              Start
            </Button>
          )}
        </div>
      </div>
      {failure && <Problem error={failure} />}
      {status?.reason && status.state === 'failed' && (
        <Problem error={{ code: 'failed', message: status.reason, retryable: true }} />
      )}
      <section className="card">
        <div className="figures">
          <Figure
            label="Accepted now"
            value={status && rate(status.rates.acceptedPerSecond)}
            unit="records/s"
            atMs={at}
            source="the simulator, last second"
          />
          <Figure
            label="Throttled now"
            value={status && rate(status.rates.throttledPerSecond)}
            unit="records/s"
            atMs={at}
            source="refusals of the stream"
            state={status && status.rates.throttledPerSecond > 0 ? 'warning' : undefined}
          />
          <Figure
            label="Sent"
            value={status && count(status.counts.sent)}
            unit="records"
            atMs={at}
            source="all runs on this state"
          />
          <Figure
            label="Accepted"
            value={status && count(status.counts.accepted)}
            unit="records"
            atMs={at}
            source={status ? bytes(status.counts.acceptedBytes) : 'all runs'}
          />
          <Figure
            label="Retried"
            value={status && count(status.counts.retried)}
            unit="times"
            atMs={at}
            source="refused entries sent again"
          />
          <Figure
            label="Unconfirmed"
            value={status && count(status.counts.unconfirmed)}
            unit="records"
            atMs={at}
            source="no answer yet"
            state={status && status.counts.unconfirmed > 0 ? 'warning' : undefined}
          />
        </div>
        <div className="card-head">
          <RangeBar />
        </div>
        {historyError && <Problem error={historyError} />}
        <TimeChart
          label="Records sent, accepted, throttled and retried"
          source="counted by the simulator over the last second"
          fromMs={fromMs}
          toMs={toMs}
          height={170}
          format={perSecond}
          unit="records/s"
          onRange={showRange}
          lines={[
            { name: 'sent', emphasis: 'quiet', points: pointsOf(samples, sample => sample.sentPerSecond) },
            { name: 'accepted', points: pointsOf(samples, sample => sample.acceptedPerSecond) },
            ...throttledLine(samples),
            ...(samples.some(sample => (sample.retriedPerSecond ?? 0) > 0)
              ? [{ name: 'retried', points: pointsOf(samples, sample => sample.retriedPerSecond) } as Line]
              : []),
          ]}
        />
      </section>
      <div className="columns-main">
        <section className="card">
          <div className="card-head">
            <h2>Rate</h2>
            <span className="note">
              {active ? 'a change reaches the running simulator at once' : 'used at the next start'}
            </span>
          </div>
          <SpaceBetween size="s">
            <FormField label="Profile">
              <Select
                selectedOption={PROFILES.find(entry => entry.value === profile.kind) ?? null}
                options={PROFILES}
                onChange={({ detail }) =>
                  change({ ...profile, kind: detail.selectedOption.value as RateProfile['kind'] })
                }
              />
            </FormField>
            <ProfileCurve text={profile} onChange={change} />
            {!parsedProfile.ok && <StatusIndicator type="error">{parsedProfile.problem}</StatusIndicator>}
          </SpaceBetween>
        </section>
        <section className="card">
          <h2>Mix of the next start</h2>
          <SpaceBetween size="s">
            <MixForm mix={mix} onChange={setMix} />
            <FormField label={capital(plural)} description="Nothing: until it is stopped" errorText={eventsError}>
              <Input value={events} inputMode="numeric" onChange={({ detail }) => setEvents(detail.value)} />
            </FormField>
          </SpaceBetween>
        </section>
      </div>
      {parsedMix.ok && <Preview mix={parsedMix.value} />}
    </div>
  )
}

const PREVIEWED = 12

function Preview({ mix }: { mix: EventMix }) {
  const key = JSON.stringify(mix)
  const preview = useCall(
    useCallback(
      (services: Services, scope, signal) =>
        services.simulator.preview({ ...scope, mix: JSON.parse(key) as EventMix, count: PREVIEWED }, signal),
      [key],
    ),
  )
  return (
    <Table
      variant="container"
      header={
        <div className="card-head">
          <h2>The next events</h2>
          <span className="note">drawn, not sent</span>
        </div>
      }
      ariaLabels={{ tableLabel: 'The next events', selectionGroupLabel: 'Events' }}
      loading={preview.state === 'loading' && !preview.value}
      loadingText="Drawing events"
      items={preview.value ?? []}
      empty={preview.state === 'failed' ? preview.error.message : 'No events.'}
      columnDefinitions={[
        { id: 'kind', header: 'Kind', width: 110, cell: event => event.kind },
        { id: 'key', header: 'Partition key', width: 310, cell: event => <code>{event.partitionKey}</code> },
        { id: 'data', header: 'Data', cell: event => <code className="note">{event.data}</code> },
      ]}
    />
  )
}
