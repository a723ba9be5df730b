import type { Result } from '../../shared/rpc/contract.ts'
import type { LiveParts } from './parts.ts'

/** News that arrive within this are shown together: each would draw the page by itself. */
const GATHER_MS = 400
/**
 * An answer that says nothing new only makes what is shown younger: that can wait for the others of the same beat
 * (electron/core/pace.ts).
 */
const GATHER_SAME_MS = 3_000
/** Twice a second something is drawn, once a second it is kept. */
const SAMPLE_EVERY_MS = 900
/** While every answer says the same, a sample is taken this seldom: an idle page draws nothing. */
const SAMPLE_SAME_MS = 25_000

/** What arrived and is not shown yet. */
export interface Arrivals {
  add(part: keyof LiveParts, result: Result<unknown>): void
  /** When something last arrived that was not known before, epoch ms. */
  newsMs(): number
}

/** Gathers what arrives, so that the page is drawn for several parts at once, and seldom for what says nothing new. */
export function createArrivals(options: {
  /** What is shown now. */
  shown: () => LiveParts
  /** Shows parts; takes a sample when the last one is that old, and says whether it did. */
  show: (parts: Partial<LiveParts>, sampleAfterMs: number) => boolean
  now: () => number
  /** Ends it: what waits is not shown any more. */
  signal: AbortSignal
}): Arrivals {
  const { shown, show, now, signal } = options
  const said = new Map<keyof LiveParts, string>()
  let waiting: Partial<LiveParts> = {}
  let dueMs = Number.POSITIVE_INFINITY
  let newsMs = now()
  let sampledNewsMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  signal.addEventListener('abort', () => clearTimeout(timer))

  function showWaiting(): void {
    const parts = waiting
    waiting = {}
    dueMs = Number.POSITIVE_INFINITY
    if (show(parts, newsMs !== sampledNewsMs ? SAMPLE_EVERY_MS : SAMPLE_SAME_MS)) sampledNewsMs = newsMs
  }

  return {
    newsMs: () => newsMs,
    add(part, result) {
      if (signal.aborted) return
      const nowMs = now()
      const before = waiting[part] ?? shown()[part]
      const known = result.ok ? { value: result.value, receivedMs: nowMs } : { ...before, error: result.error }
      Object.assign(waiting, { [part]: known })
      const text = whatItSays(result)
      const isNew = text !== said.get(part)
      said.set(part, text)
      if (isNew) newsMs = nowMs
      const isFirst = before.value === undefined && before.error === undefined
      const latestMs = nowMs + (isFirst ? 0 : isNew ? GATHER_MS : GATHER_SAME_MS)
      if (latestMs >= dueMs) return
      dueMs = latestMs
      clearTimeout(timer)
      timer = setTimeout(showWaiting, latestMs - nowMs)
    },
  }
}

/** When it was said, and how long an idle trigger took. */
const TIMES = new Set(['at', 'timestamp', 'committedAt', 'readAt', 'batchDuration', 'durationMs'])

/** An answer without its times: two that say the same differ in nothing else. */
const whatItSays = (result: Result<unknown>): string =>
  JSON.stringify(result, (name, value) => (TIMES.has(name) ? undefined : value))
