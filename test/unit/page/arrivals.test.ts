import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createArrivals } from '../../../renderer/live/arrivals.ts'
import type { LiveParts } from '../../../renderer/live/parts.ts'
import type { Latency } from '../../../shared/features/ledger.ts'
import type { Result } from '../../../shared/rpc/contract.ts'

const nothing = (): LiveParts => ({ simulator: {}, stream: {}, lag: {}, jobs: {}, ledger: {}, latency: {} })
const latency = (samples: number, at: string): Result<Latency> => ({
  ok: true,
  value: { samples, p50Ms: 1, p95Ms: 2, p99Ms: 3, at: `2026-11-25T10:00:${at}Z` },
})
const START = 1_700_000_000_000
const failed: Result<never> = { ok: false, error: { code: 'unavailable', message: 'away', retryable: true } }

describe('arrivals', () => {
  let shown: LiveParts
  let shows: { atMs: number; names: string[]; sampleAfterMs: number }[]
  let arrivals: ReturnType<typeof createArrivals>
  let end: AbortController

  beforeEach(() => {
    vi.useFakeTimers({ now: START })
    shown = nothing()
    shows = []
    end = new AbortController()
    arrivals = createArrivals({
      shown: () => shown,
      show(parts, sampleAfterMs) {
        shows.push({ atMs: Date.now(), names: Object.keys(parts), sampleAfterMs })
        shown = { ...shown, ...parts }
        return true
      },
      now: Date.now,
      signal: end.signal,
    })
  })
  afterEach(() => vi.useRealTimers())

  it('the first result of a part is shown at once', () => {
    arrivals.add('latency', latency(1, '00'))
    vi.advanceTimersByTime(0)
    expect(shows).toMatchObject([{ atMs: START, names: ['latency'] }])
  })

  it('results that arrive within 400 ms are shown together, the newest of each part', () => {
    shown = {
      ...nothing(),
      latency: { value: (latency(0, '00') as { value: Latency }).value },
      lag: { error: failed.error },
    }
    arrivals.add('latency', latency(1, '01'))
    vi.advanceTimersByTime(100)
    arrivals.add('latency', latency(2, '02'))
    arrivals.add('lag', failed)
    vi.advanceTimersByTime(1_000)
    expect(shows.map(show => show.names)).toEqual([['latency', 'lag']])
    expect(shown.latency.value?.samples).toBe(2)
  })

  it('a result that repeats the last one is shown later, and does not count as news', () => {
    arrivals.add('latency', latency(1, '00'))
    vi.advanceTimersByTime(1_000)
    arrivals.add('latency', latency(1, '01'))
    vi.advanceTimersByTime(2_000)
    expect(shows).toHaveLength(1)
    expect(arrivals.newsMs()).toBe(START)
    vi.advanceTimersByTime(2_000)
    expect(shown.latency.receivedMs).toBe(START + 1_000)
    expect(shows[1]?.sampleAfterMs).toBeGreaterThan(shows[0]?.sampleAfterMs ?? 0)
  })

  it('waiting results are shown when the most urgent of them is due', () => {
    arrivals.add('latency', latency(1, '00'))
    vi.advanceTimersByTime(1_000)
    arrivals.add('latency', latency(1, '01'))
    vi.advanceTimersByTime(1_000)
    arrivals.add('latency', latency(2, '02'))
    vi.advanceTimersByTime(500)
    expect(shown.latency.value?.samples).toBe(2)
    vi.advanceTimersByTime(20_000)
    expect(shows).toHaveLength(2)
  })

  it('a less urgent result does not delay those that wait', () => {
    arrivals.add('latency', latency(1, '00'))
    vi.advanceTimersByTime(1_000)
    arrivals.add('latency', latency(2, '01'))
    vi.advanceTimersByTime(300)
    // The same once more could wait for seconds; what is new may not wait with it.
    arrivals.add('latency', latency(2, '02'))
    vi.advanceTimersByTime(200)
    expect(shown.latency).toMatchObject({ value: { samples: 2 }, receivedMs: START + 1_300 })
  })

  it('a result is shown once, and not again with later ones', () => {
    arrivals.add('latency', latency(1, '00'))
    vi.advanceTimersByTime(1_000)
    arrivals.add('lag', failed)
    vi.advanceTimersByTime(1_000)
    expect(shows.map(show => show.names)).toEqual([['latency'], ['lag']])
  })

  it('an error keeps a value that still waits to be shown', () => {
    shown = { ...nothing(), latency: { value: (latency(0, '00') as { value: Latency }).value } }
    arrivals.add('latency', latency(7, '01'))
    arrivals.add('latency', failed)
    vi.advanceTimersByTime(1_000)
    expect(shown.latency).toMatchObject({ value: { samples: 7 }, error: { code: 'unavailable' } })
  })

  it('a result that differs only in the times of an idle query is no news', () => {
    const jobs = (committedAt: string, batchId: number) =>
      ({ ok: true, value: { progress: { batchId, sluice: { committedAt } } } }) as Result<unknown>
    arrivals.add('jobs', jobs('2026-11-25T10:00:00Z', 4))
    vi.advanceTimersByTime(1_000)
    arrivals.add('jobs', jobs('2026-11-25T10:00:01Z', 4))
    expect(arrivals.newsMs()).toBe(START)
    arrivals.add('jobs', jobs('2026-11-25T10:00:01Z', 5))
    expect(arrivals.newsMs()).toBe(START + 1_000)
  })

  it('nothing is shown after the end, neither waiting results nor new ones', () => {
    shown = { ...nothing(), latency: { value: (latency(0, '00') as { value: Latency }).value } }
    arrivals.add('latency', latency(1, '01'))
    end.abort()
    arrivals.add('lag', failed)
    vi.advanceTimersByTime(60_000)
    expect(shows).toEqual([])
  })

  it('an error keeps the last known value', () => {
    arrivals.add('latency', latency(1, '00'))
    vi.advanceTimersByTime(0)
    arrivals.add('latency', failed)
    vi.advanceTimersByTime(1_000)
    expect(shown.latency).toMatchObject({ value: { samples: 1 }, error: { code: 'unavailable' } })
  })
})
