import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { askAgain } from '../../../renderer/connection/ask-again.ts'
import type { Result } from '../../../shared/rpc/contract.ts'

const MISSING = { code: 'not_found' as const, message: 'There is no stream', retryable: false }
/** How often it was asked, while each ask fails as `fails` says. */
function asking(fails: (ask: number) => Result<number>) {
  const abort = new AbortController()
  const listeners = new Set<() => void>()
  const told: Result<number>[] = []
  let asks = 0
  const ended = askAgain({
    async *start() {
      yield fails(asks++)
    },
    told: result => told.push(result),
    occasions: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    signal: abort.signal,
  })
  return { abort, listeners, told, asked: () => asks, ended }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('what is not there is asked for again', () => {
  it('every two seconds, and every fifteen once it said the same for a while', async () => {
    const { asked, told } = asking(() => ({ ok: false, error: MISSING }))
    await vi.advanceTimersByTimeAsync(15_900)
    expect(asked()).toBe(8)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked()).toBe(12)
    expect(told).toHaveLength(12)
  })

  it('every two seconds as long as it says something else each time, or has an answer', async () => {
    const changing = asking(ask => ({ ok: false, error: { ...MISSING, message: `${ask}` } }))
    const answered = asking(value => ({ ok: true, value }))
    await vi.advanceTimersByTimeAsync(60_000)
    expect([changing.asked(), answered.asked()]).toEqual([31, 31])
  })

  it('at once when there is an occasion', async () => {
    const { asked, listeners } = asking(() => ({ ok: false, error: MISSING }))
    await vi.advanceTimersByTimeAsync(20_000)
    const before = asked()
    for (const listener of [...listeners]) listener()
    await vi.advanceTimersByTimeAsync(1)
    expect(asked()).toBe(before + 1)
  })

  it('no more once its page is gone, and nothing waits on for it', async () => {
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
