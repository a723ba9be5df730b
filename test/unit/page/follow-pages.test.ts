import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { followPages, NEXT_PAGE_MS } from '../../../renderer/features/stream/follow-pages.ts'
import type { RecordsPage } from '../../../shared/features/stream.ts'
import type { Result } from '../../../shared/rpc/contract.ts'

type Answer = Result<RecordsPage> | undefined

const page = (next: string | null): Answer => ({
  ok: true,
  value: { records: [], next, millisBehindLatest: 0, readsLastMinute: 1, at: '2026-12-01T12:00:00.000Z' },
})
const failed = (code: 'throttled' | 'conflict', retryable: boolean): Answer => ({
  ok: false,
  error: { code, message: 'refused', retryable },
})

describe('following the pages of a partition', () => {
  let reads: number
  let ends: number
  beforeEach(() => {
    vi.useFakeTimers()
    reads = 0
    ends = 0
  })
  afterEach(() => vi.useRealTimers())

  /** Reads that give these answers, and then empty pages for ever. */
  const follow = (...answers: Answer[]) =>
    followPages(
      async () => {
        const answer = reads < answers.length ? answers[reads] : page('more')
        reads++
        return answer
      },
      () => ends++,
    )
  const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * NEXT_PAGE_MS)

  it('an empty page, a throttled read and a lost connection do not end it', async () => {
    const stop = follow(page('a'), failed('throttled', true), undefined, page('b'))
    await seconds(9)
    expect({ reads, ends }).toEqual({ reads: 10, ends: 0 })
    stop()
    await seconds(9)
    expect({ reads, ends }).toEqual({ reads: 10, ends: 0 })
  })

  it('the last page of a partition ends it, and so does a failure that does not pass', async () => {
    follow(page('a'), page(null))
    await seconds(9)
    expect({ reads, ends }).toEqual({ reads: 2, ends: 1 })
    reads = 0
    follow(page('a'), failed('conflict', false))
    await seconds(9)
    expect({ reads, ends }).toEqual({ reads: 2, ends: 2 })
  })

  it('a read that takes long is waited for: the next one begins after it', async () => {
    let answer: (result: Answer) => void = () => undefined
    followPages(
      () => {
        reads++
        return new Promise<Answer>(resolve => {
          answer = resolve
        })
      },
      () => ends++,
    )
    await seconds(30)
    expect(reads).toBe(1)
    answer(page('a'))
    await seconds(2)
    expect(reads).toBe(2)
  })
})
