import { expect, it } from 'vitest'
import type { Clock } from '../../../electron/core/clock/clock.ts'
import { createPace } from '../../../electron/core/clock/pace.ts'
import type { Observed } from '../../../electron/core/history/record.ts'
import { recordAll } from '../../../electron/core/history/recorder.ts'

const PIPELINE = { scope: { target: 'sandbox', pipeline: 'p' }, everyMs: 5_000, atRestMs: 30_000 }

/** Records for so many seconds of a clock that goes on only while the recorder waits; gives when it polled. */
async function record(options: {
  seconds: number
  says: (second: number) => string
  watchedAt?: (second: number) => boolean
  wakeAt?: number
}): Promise<number[]> {
  let nowMs = 0
  const polls: number[] = []
  const ending = new AbortController()
  const watched = options.watchedAt ?? (() => false)
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    async sleep(ms, signal) {
      const untilMs = nowMs + ms
      while (nowMs < untilMs) {
        nowMs = Math.min(untilMs, Math.floor(nowMs / 1_000 + 1) * 1_000)
        if (nowMs === options.wakeAt) pace.wake()
        if (nowMs >= options.seconds * 1_000) ending.abort()
        signal?.throwIfAborted()
      }
    },
  }
  const pace = createPace(clock)
  const observed: Observed = {
    see: () => undefined,
    seenMs: () => (watched(Math.floor(nowMs / 1_000)) ? Math.floor(nowMs / 1_000) * 1_000 : undefined),
  }
  await recordAll({
    recorded: async () => [PIPELINE],
    poll: async () => {
      polls.push(nowMs / 1_000)
      return options.says(nowMs / 1_000)
    },
    observed,
    clock,
    pace,
    signal: ending.signal,
  }).catch(error => {
    if (!ending.signal.aborted) throw error
  })
  return polls
}

it('a pipeline that nobody watches is recorded every few seconds while it changes, and seldom when idle', async () => {
  expect(await record({ seconds: 31, says: second => `${second}` })).toEqual([0, 5, 10, 15, 20, 25, 30])
  expect(await record({ seconds: 90, says: () => 'the same' })).toEqual([0, 5, 10, 15, 45, 75])
})

it('an idle pipeline is polled closely as soon as something is begun', async () => {
  expect(await record({ seconds: 56, says: () => 'the same', wakeAt: 46_000 })).toEqual([0, 5, 10, 15, 45, 46, 51])
})

it('a pipeline that a page watches is not asked for twice, and is recorded on when the page is gone', async () => {
  const polls = await record({ seconds: 21, says: second => `${second}`, watchedAt: second => second < 10 })
  expect(polls.length).toBeGreaterThan(0)
  expect(polls[0]).toBeGreaterThanOrEqual(10)
})
