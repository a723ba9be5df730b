import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { askAgain } from '../../../renderer/connection/ask-again.ts'
import type { Result } from '../../../shared/rpc/contract.ts'

const MISSING = { code: 'not_found' as const, message: 'There is no stream', retryable: false }
/** How often it was asked, while each ask fails as `fails` says. */
function asking(fails: (ask: number) => Result<number>) {
  const abort = new AbortController()
  const listeners = new Set<() => void>()
  const results: Result<number>[] = []
  let asks = 0
  const ended = askAgain({
    async *start() {
      yield fails(asks++)
    },
    onResult: result => results.push(result),
    occasions: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    signal: abort.signal,
  })
  return { abort, listeners, results, asked: () => asks, ended }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('asking again', () => {
  it('a stream that ends is asked for every two seconds, and every fifteen after eight equal failures', async () => {
    const { asked, results } = asking(() => ({ ok: false, error: MISSING }))
    await vi.advanceTimersByTimeAsync(15_900)
    expect(asked()).toBe(8)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked()).toBe(12)
    expect(results).toHaveLength(12)
  })

  it('a stream whose failures differ, or that answers, is asked for every two seconds', async () => {
    const changing = asking(ask => ({ ok: false, error: { ...MISSING, message: `${ask}` } }))
    const answered = asking(value => ({ ok: true, value }))
    await vi.advanceTimersByTimeAsync(60_000)
    expect([changing.asked(), answered.asked()]).toEqual([31, 31])
  })

  it('a resting stream is asked for at once when there is an occasion', async () => {
    const { asked, listeners } = asking(() => ({ ok: false, error: MISSING }))
    await vi.advanceTimersByTimeAsync(20_000)
    const before = asked()
    for (const listener of [...listeners]) listener()
    await vi.advanceTimersByTimeAsync(1)
    expect(asked()).toBe(before + 1)
  })

  it('after its page is gone a stream is not asked for, and no timer is left', async () => {
    const { abort, asked, ended, listeners } = asking(() => ({ ok: false, error: MISSING }))
    await vi.advanceTimersByTimeAsync(60_000)
    const before = asked()
    abort.abort()
    await ended
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked()).toBe(before)
    expect(listeners.size).toBe(0)
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  })
})
