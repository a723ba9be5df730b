import './home.css'
import Button from '@cloudscape-design/components/button'
import type { Lag } from '../../../shared/features/lag.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { lagPoints, pointsOf, throttledLine } from '../../live/samples.ts'
import { useSandboxProgram } from '../../live/sandbox-program.ts'
import { Stale } from '../../live/stale.tsx'
import { useSamples } from '../../live/use-samples.ts'
import { showRange } from '../../route/range.ts'
import { RangeBar } from '../../route/range-bar.tsx'
import { linkTo } from '../../route/route.ts'
import { TimeChart } from '../../ui/chart/chart.tsx'
import { Ago, Figure, Lasting } from '../../ui/figure.tsx'
import { absolute, clock, count, duration, rate } from '../../ui/format.ts'
import { useTold } from '../../ui/now.ts'
import { Problem } from '../../ui/problem.tsx'
import { BEHIND_MS, type Health, healthOf } from './health.ts'
import { LedgerTable } from './ledger-table.tsx'
import { staleSince } from './stale-since.ts'
import { Timeline } from './timeline.tsx'
import { Topology } from './topology.tsx'

export function Home() {
  const { stream, lag, jobs } = useLive()
  const health = healthOf({ stream, lag, jobs })
  const staleMs = useStaleSince({ stream, lag, jobs })
  return (
    <div className="page">
      <h1 className="visually-hidden">Home</h1>
      {staleMs === undefined ? <HealthCard health={health} /> : <UnknownCard last={health} sinceMs={staleMs} />}
      <Stale parts={{ stream, lag, job: jobs }} />
      <section className="card" aria-label="Topology">
        <Topology />
      </section>
      <div className="columns-main">
        <LatelyCard />
        <LedgerCard />
      </div>
      <Timeline />
    </div>
  )
}

const MARKS: Record<Health['state'], { shape: string; colour: string }> = {
  good: { shape: 'M4 13l6 6L22 7', colour: 'var(--good)' },
  warning: { shape: 'M13 3L24 22H2Z M13 10v5 M13 18.5v.5', colour: 'var(--warning)' },
  bad: { shape: 'M13 2a11 11 0 1 0 .01 0 M8.500 8.500l9 9 M17.500 8.500l-9 9', colour: 'var(--bad)' },
  unknown: { shape: 'M13 2a11 11 0 1 0 .01 0 M7 13h12', colour: 'var(--quiet)' },
}

/** Undefined while what is shown is up to date. */
function useStaleSince(parts: Parameters<typeof staleSince>[0]): number | undefined {
  const connection = useConnection()
  const isSandboxShown = useLive(live => live.scope.target === 'sandbox')
  const sandbox = useSandboxProgram()
  const around = {
    lostSinceMs: connection.state === 'lost' ? connection.sinceMs : undefined,
    sandbox: isSandboxShown ? sandbox : undefined,
  }
  const since = useTold(nowMs => staleSince(parts, around, nowMs) ?? 0)
  return since === 0 ? undefined : since
}

/** What was last known is not what is: it is told as such, with its time, and in no colour. */
function UnknownCard({ last, sinceMs }: { last: Health; sinceMs: number }) {
  return (
    <section className="card health" data-state="unknown" aria-live="polite">
      <HealthMark state="unknown" />
      <div className="health-words">
        <strong>Unknown</strong>
        <p>
          Not up to date since <time title={absolute(sinceMs)}>{clock(sinceMs)}</time>, <Ago ms={sinceMs} />. Last known
          state: {last.word}.
        </p>
      </div>
    </section>
  )
}

function HealthMark({ state }: { state: Health['state'] }) {
  const { shape, colour } = MARKS[state]
  return (
    <svg className="health-mark" viewBox="0 0 26 26" aria-hidden="true">
      <path d={shape} fill="none" stroke={colour} strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}

function HealthCard({ health }: { health: Health }) {
  const since = useSince(health.state, health.word.replace(/\d.*/, ''))
  return (
    <section className="card health" data-state={health.state} aria-live="polite">
      <HealthMark state={health.state} />
      <div className="health-words">
        <strong>{health.word}</strong>
        <p>
          {health.sentence}
          {health.state !== 'unknown' && <Lasting sinceMs={since} />}
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

/**
 * Since when it is so: of being behind, or not, the samples tell it; of anything else this page remembers when it saw
 * it first.
 */
function useSince(state: Health['state'], words: string): number {
  const samples = useLive(live => live.samples)
  if (seen?.state !== words) seen = { state: words, sinceMs: Date.now() }
  if (state === 'unknown' || !samples.some(sample => sample.behindMs !== undefined)) return seen.sinceMs
  const isBehind = (ms: number | undefined) => ms !== undefined && ms > BEHIND_MS
  const now = isBehind(samples.at(-1)?.behindMs)
  const other = samples.findLastIndex(sample => isBehind(sample.behindMs) !== now)
  return Math.min(seen.sinceMs, samples[other + 1]?.atMs ?? seen.sinceMs)
}

function LatelyCard() {
  const { latency, lag } = useLive()
  const { samples, fromMs, toMs, error } = useSamples()
  const measured = latency.value
  const at = measured && Date.parse(measured.at)
  const ms = (value: number | null | undefined) => (value == null ? undefined : duration(value))
  return (
    <section className="card">
      <div className="card-head">
        <h2>Rates and lag</h2>
        <RangeBar />
      </div>
      <div className="figures">
        <Figure
          label="Sent to loaded, p50"
          value={ms(measured?.p50Ms)}
          atMs={at}
          source={samplesText(measured?.samples)}
        />
        <Figure label="p95" value={ms(measured?.p95Ms)} atMs={at} source="of the same records" />
        <Figure label="p99" value={ms(measured?.p99Ms)} atMs={at} source="of the same records" />
        <Figure
          label="Lag at last commit"
          value={lag.value?.total.atCommitRecords == null ? undefined : count(lag.value.total.atCommitRecords)}
          unit="records"
          atMs={lag.value && Date.parse(lag.value.at)}
          source={beforeCommitText(lag.value?.total)}
        />
      </div>
      {error && <Problem error={error} />}
      <TimeChart
        label="Records per second"
        source="accepted: the simulator; read: the job's progress"
        fromMs={fromMs}
        toMs={toMs}
        height={210}
        format={perSecond}
        unit="records/s"
        onRange={showRange}
        lines={[
          { name: 'accepted', points: pointsOf(samples, sample => sample.acceptedPerSecond) },
          { name: 'read', points: pointsOf(samples, sample => sample.readPerSecond) },
          ...throttledLine(samples),
        ]}
      />
      <TimeChart
        label="Consumer lag"
        source="received less committed offset, at each commit; the band: lowest to highest between commits"
        fromMs={fromMs}
        toMs={toMs}
        height={210}
        format={count}
        unit="records"
        onRange={showRange}
        lines={[{ name: 'lag at commit', ...lagPoints(samples, sample => sample) }]}
      />
      <p className="note">{LAG_MEANS}</p>
    </section>
  )
}

const LAG_MEANS =
  'Records arrive all the time and are committed batch by batch, so lag rises by one batch between two commits; a job that keeps up comes back to the same lag at every commit.'

const beforeCommitText = (total: Lag['total'] | undefined): string =>
  total?.beforeCommitRecords == null
    ? 'received less committed offset'
    : `${count(total.beforeCommitRecords)} just before it; received less committed offset`

const perSecond = (value: number): string => `${rate(value)}/s`
const samplesText = (samples: number | undefined): string =>
  samples === undefined ? 'not measured yet' : `${count(samples)} real records`

function LedgerCard() {
  const { ledger, stream } = useLive()
  return (
    <section className="card">
      <div className="card-head">
        <h2>Ledger</h2>
        {ledger.value && (
          <span className="note">
            {ledger.value.upTo ? `up to batch ${count(ledger.value.upTo.batchId)}, ` : 'no batch committed yet, '}
            <Ago ms={Date.parse(ledger.value.upTo?.committedAt ?? ledger.value.at)} />
          </span>
        )}
      </div>
      {ledger.value ? (
        <LedgerTable ledger={ledger.value} />
      ) : (
        <p className="note">
          {stream.error?.code === 'not_found' ||
          /(schema|relation) ".*" does not exist/.test(ledger.error?.message ?? '')
            ? 'Every record will be accounted for here, once there are a stream and tables.'
            : ledger.error?.code === 'auth_expired'
              ? 'Not readable without a login.'
              : ledger.error
                ? [ledger.error.message, ledger.error.hint].filter(Boolean).join(' ')
                : 'Reading the counters.'}
        </p>
      )}
    </section>
  )
}
