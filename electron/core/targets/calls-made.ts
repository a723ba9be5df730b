import { CALL_PRICES, callUsd } from '../../../shared/call-prices.ts'
import type { CallsMade } from '../../../shared/features/calls.ts'
import type { Clock } from '../clock/clock.ts'
import type { Asking } from './asking.ts'

const MINUTE_MS = 60_000
const MINUTES = 60
/** Of one minute; there are a few dozen at most. What goes beyond is counted as one. */
const MOST_KINDS = 400

export interface Made {
  target: string
  service: string
  operation: string
  asking: Asking | undefined
  outcome: 'answered' | 'throttled' | 'failed'
  /** What is paid for, in units of its price. */
  units: number
}

/** What was asked of AWS in the last hour: of each minute how often, by kind. */
export interface CallLog {
  made(call: Made): void
  /** Calls of polls of a service in the last minute. */
  view(target: string): Pick<CallsMade, 'at' | 'since' | 'minutes' | 'rows' | 'prices'>
}

interface Count {
  calls: number
  throttled: number
  failed: number
  usd: number
}
const none = (): Count => ({ calls: 0, throttled: 0, failed: 0, usd: 0 })
function add(to: Count, { calls, throttled, failed, usd }: Count): void {
  to.calls += calls
  to.throttled += throttled
  to.failed += failed
  to.usd += usd
}

type Kind = Pick<CallsMade['rows'][number], 'service' | 'operation' | 'by' | 'name'> & { target: string }

export function createCallLog(clock: Clock): CallLog {
  const startMs = clock.monotonic()
  /** By the minute since the start. */
  const minutes = new Map<number, Map<string, { kind: Kind; count: Count }>>()
  const minuteNow = () => Math.floor((clock.monotonic() - startMs) / MINUTE_MS)

  function forget(): void {
    const oldest = minuteNow() - MINUTES
    for (const minute of minutes.keys()) if (minute <= oldest) minutes.delete(minute)
  }

  return {
    made({ target, service, operation, asking, outcome, units }) {
      forget()
      const kinds = minutes.get(minuteNow()) ?? new Map()
      minutes.set(minuteNow(), kinds)
      const named: Kind = { target, service, operation, by: asking?.by ?? 'core', name: asking?.name ?? '' }
      const isKnown = kinds.has(JSON.stringify(named))
      const kind = isKnown || kinds.size < MOST_KINDS ? named : { ...named, operation: 'others', name: '' }
      const key = JSON.stringify(kind)
      const entry = kinds.get(key) ?? { kind, count: none() }
      kinds.set(key, entry)
      add(entry.count, {
        calls: 1,
        throttled: outcome === 'throttled' ? 1 : 0,
        failed: outcome === 'failed' ? 1 : 0,
        usd: outcome === 'answered' ? callUsd(`${service}:${operation}`, units) : 0,
      })
    },
    view(target) {
      forget()
      const nowMs = clock.now()
      const passedMs = clock.monotonic() - startMs
      const last = minuteNow()
      const first = Math.max(0, last - MINUTES + 1)
      const iso = (minute: number) => new Date(nowMs - passedMs + minute * MINUTE_MS).toISOString()
      const rows = new Map<string, CallsMade['rows'][number]>()
      const series = Array.from({ length: last - first + 1 }, (_, place) => {
        const total = none()
        for (const [key, { kind, count }] of minutes.get(first + place) ?? []) {
          if (kind.target !== target) continue
          add(total, count)
          const { target: _, ...named } = kind
          const row = rows.get(key) ?? { ...named, ...none(), lastMinute: 0 }
          rows.set(key, row)
          add(row, count)
          if (first + place === last) row.lastMinute += count.calls
        }
        return { at: iso(first + place), ...total }
      })
      return {
        at: new Date(nowMs).toISOString(),
        since: iso(first),
        minutes: series,
        rows: [...rows.values()].sort((a, b) => b.calls - a.calls),
        prices: CALL_PRICES.map(({ actions: _, ...price }) => price),
      }
    },
  }
}
