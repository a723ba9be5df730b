import Button from '@cloudscape-design/components/button'
import { KEPT_SECONDS, useLive } from '../../app/live.ts'
import { linkTo } from '../../app/route.ts'
import { TimeChart, throttledLine } from '../../ui/chart.tsx'
import { Ago, Figure } from '../../ui/figure.tsx'
import { count, duration, rate } from '../../ui/format.ts'
import { type Health, healthOf } from './health.ts'
import { LedgerTable } from './ledger-table.tsx'
import { Topology } from './topology.tsx'

export function Home() {
  const { stream, lag, jobs } = useLive()
  const health = healthOf({ stream, lag, jobs })
  return (
    <div className="page">
      <h1 className="visually-hidden">Home</h1>
      <HealthCard health={health} />
      <section className="card" aria-label="Topology">
        <Topology />
      </section>
      <div className="columns-main">
        <LatelyCard />
        <LedgerCard />
      </div>
    </div>
  )
}

const MARKS: Record<Health['state'], { shape: string; colour: string }> = {
  good: { shape: 'M4 13l6 6L22 7', colour: 'var(--good)' },
  warning: { shape: 'M13 3L24 22H2Z M13 10v5 M13 18.5v.5', colour: 'var(--warning)' },
  bad: { shape: 'M13 2a11 11 0 1 0 .01 0 M8.500 8.500l9 9 M17.500 8.500l-9 9', colour: 'var(--bad)' },
  unknown: { shape: 'M13 2a11 11 0 1 0 .01 0 M7 13h12', colour: 'var(--quiet)' },
}

function HealthCard({ health }: { health: Health }) {
  const since = useSince(health.word.replace(/\d.*/, ''))
  const mark = MARKS[health.state]
  return (
    <section className="card health" data-state={health.state} aria-live="polite">
      <svg className="health-mark" viewBox="0 0 26 26" aria-hidden="true">
        <path d={mark.shape} fill="none" stroke={mark.colour} strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      <div className="health-words">
        <strong>{health.word}</strong>
        <p>
          {health.sentence}
          {health.state !== 'unknown' && (
            <>
              {' '}
              Seen so since <Ago ms={since} />.
            </>
          )}
        </p>
      </div>
      {health.next && (
        <div className="health-actions">
          <Button variant={health.state === 'good' ? 'normal' : 'primary'} href={linkTo(health.next.page)}>
            {health.next.title}
          </Button>
        </div>
      )}
    </section>
  )
}

/** When a state began to be seen by this page; it outlives a visit to another one. */
let seen: { state: string; sinceMs: number } | undefined
function useSince(state: string): number {
  if (seen?.state !== state) seen = { state, sinceMs: Date.now() }
  return seen.sinceMs
}

function LatelyCard() {
  const { samples, latency, lag } = useLive()
  const toMs = samples.at(-1)?.atMs ?? Date.now()
  const fromMs = Math.max(toMs - KEPT_SECONDS * 1_000, (samples[0]?.atMs ?? toMs) - 1_000)
  const measured = latency.value
  const at = measured && Date.parse(measured.at)
  const ms = (value: number | null | undefined) => (value == null ? undefined : duration(value))
  return (
    <section className="card">
      <div className="card-head">
        <h2>Rates and lag</h2>
        <span className="note">since this page was opened, a point a second</span>
      </div>
      <div className="figures">
        <Figure label="Sent to loaded, p50" value={ms(measured?.p50Ms)} atMs={at} source={samplesOf(measured?.samples)} />
        <Figure label="p95" value={ms(measured?.p95Ms)} atMs={at} source="of the same records" />
        <Figure label="p99" value={ms(measured?.p99Ms)} atMs={at} source="of the same records" />
        <Figure
          label="Waiting"
          value={lag.value?.total.behindRecords == null ? undefined : count(lag.value.total.behindRecords)}
          unit="records"
          atMs={lag.value && Date.parse(lag.value.at)}
          source={lag.value?.sources[0]?.name ?? 'stream and checkpoint'}
        />
      </div>
      <TimeChart
        label="Records per second: accepted by the stream and read by the job"
        fromMs={fromMs}
        toMs={toMs}
        height={190}
        format={value => `${rate(value)}/s`}
        lines={[
          { name: 'accepted', points: samples.map(sample => [sample.atMs, sample.acceptedPerSecond ?? null]) },
          { name: 'read', points: samples.map(sample => [sample.atMs, sample.readPerSecond ?? null]) },
          ...throttledLine(samples),
        ]}
      />
      <TimeChart
        label="Records that wait in the stream"
        fromMs={fromMs}
        toMs={toMs}
        height={150}
        format={value => count(value)}
        lines={[{ name: 'records waiting', points: samples.map(sample => [sample.atMs, sample.behindRecords ?? null]) }]}
      />
    </section>
  )
}

const samplesOf = (samples: number | undefined): string =>
  samples === undefined ? 'not measured yet' : `${count(samples)} real records`

function LedgerCard() {
  const { ledger, stream } = useLive()
  return (
    <section className="card">
      <div className="card-head">
        <h2>Ledger</h2>
        {ledger.value && (
          <span className="note">
            <Ago ms={Date.parse(ledger.value.at)} />
          </span>
        )}
      </div>
      {ledger.value ? (
        <LedgerTable ledger={ledger.value} />
      ) : (
        <p className="note">
          {stream.error?.code === 'not_found'
            ? 'Every record will be accounted for here, once there are some.'
            : (ledger.error?.message ?? 'Reading the counters.')}
        </p>
      )}
    </section>
  )
}
