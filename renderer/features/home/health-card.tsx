import Button from '@cloudscape-design/components/button'
import { useLive } from '../../live/live.ts'
import { linkTo } from '../../route/route.ts'
import { Ago, Lasting } from '../../ui/figure.tsx'
import { absolute, clock } from '../../ui/format.ts'
import { BEHIND_MS, type Health } from './health.ts'

const MARKS: Record<Health['state'], { shape: string; colour: string }> = {
  good: { shape: 'M4 13l6 6L22 7', colour: 'var(--good)' },
  warning: { shape: 'M13 3L24 22H2Z M13 10v5 M13 18.5v.5', colour: 'var(--warning)' },
  bad: { shape: 'M13 2a11 11 0 1 0 .01 0 M8.500 8.500l9 9 M17.500 8.500l-9 9', colour: 'var(--bad)' },
  unknown: { shape: 'M13 2a11 11 0 1 0 .01 0 M7 13h12', colour: 'var(--quiet)' },
}

/** The state of the pipeline in a word and a sentence, and the page on which something can be done about it. */
export function HealthCard({ health }: { health: Health }) {
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

/** The last known state is not the present one: it is shown as such, with its time, and in no colour. */
export function UnknownCard({ last, sinceMs }: { last: Health; sinceMs: number }) {
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

/** When a state was first seen by this page; it outlives a visit to another one. */
let seen: { state: string; sinceMs: number } | undefined

/**
 * Since when it is so: of being behind, or not, the samples say it; of anything else this page remembers when it saw it
 * first.
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
