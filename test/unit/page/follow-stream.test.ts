import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AGAIN_AFTER_MS, followStream } from '../../../renderer/connection/follow-stream.ts'
import type { Result } from '../../../shared/rpc/contract.ts'

const item = (value: number): Result<number> => ({ ok: true, value })
const failed = (retryable: boolean): Result<number> => ({
  ok: false,
  error: { code: 'unavailable', message: 'away', retryable },
})

describe('following a stream of core', () => {
  let begun: AbortSignal[]
  let results: Result<number>[]
  beforeEach(() => {
    vi.useFakeTimers()
    begun = []
    results = []
  })
  afterEach(() => vi.useRealTimers())

  /** Streams that give these results one after the other, the first of them first. */
  function follow(...streams: Result<number>[][]): () => void {
    return followStream(
      async function* (signal) {
        const results = streams[begun.length] ?? []
        begun.push(signal)
        yield* results
      },
      result => results.push(result),
    )
  }

  it('every result is given, in order', async () => {
    follow([item(1), item(2), failed(false)])
    await vi.advanceTimersByTimeAsync(0)
    expect(results).toEqual([item(1), item(2), failed(false)])
  })

  it('a stream is started again five seconds after a retryable failure, and not after another one', async () => {
    follow([failed(true)], [item(7), failed(false)], [item(8)])
    await vi.advanceTimersByTimeAsync(AGAIN_AFTER_MS - 1)
    expect(results).toEqual([failed(true)])
    await vi.advanceTimersByTimeAsync(1)
    expect(results).toEqual([failed(true), item(7), failed(false)])
    await vi.advanceTimersByTimeAsync(10 * AGAIN_AFTER_MS)
    expect(begun).toHaveLength(2)
  })

  it('ending it cancels the call, gives no more results and starts nothing again', async () => {
    let give: (result: Result<number>) => void = () => undefined
    const next = new Promise<Result<number>>(resolve => {
      give = resolve
    })
    let asked: AbortSignal | undefined
    const end = followStream(
      async function* (signal) {
        asked = signal
        yield await next
      },
      result => results.push(result),
    )
    await vi.advanceTimersByTimeAsync(0)
    end()
    expect(asked?.aborted).toBe(true)
    give(failed(true))
    await vi.advanceTimersByTimeAsync(10 * AGAIN_AFTER_MS)
    expect(results).toEqual([])

    const endWhileWaiting = follow([failed(true)], [item(1)])
    await vi.advanceTimersByTimeAsync(0)
    endWhileWaiting()
    await vi.advanceTimersByTimeAsync(10 * AGAIN_AFTER_MS)
    expect(begun).toHaveLength(1)
  })
})
