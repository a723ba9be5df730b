import { expect, it } from 'vitest'
import { createReadBudget } from '../../../electron/core/sources/read-budget.ts'

/** A clock that a test moves; a sleep moves it. */
function testClock() {
  let nowMs = 1_000_000
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms
    },
  }
}
const { signal } = new AbortController()

it('lets one read a second at a shard through, however fast they are asked for', async () => {
  const clock = testClock()
  const budget = createReadBudget(clock)
  const beganMs = clock.now()
  for (let read = 0; read < 5; read++) await budget.take('shard', signal)
  expect(clock.now() - beganMs).toBe(4_000)
  await budget.take('another shard', signal)
  expect(clock.now() - beganMs).toBe(4_000)
})

it('a read that is cancelled while it waits is not taken', async () => {
  let sleeping = 0
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms: number, signal?: AbortSignal) => {
      sleeping = ms
      signal?.throwIfAborted()
    },
  }
  const budget = createReadBudget(clock)
  await budget.take('shard', signal)
  for (let read = 0; read < 10; read++)
    await expect(budget.take('shard', AbortSignal.abort())).rejects.toThrow('aborted')
  await budget.take('shard', signal)
  expect(sleeping).toBe(1_000)
})

it('counts the reads of the last minute', async () => {
  const clock = testClock()
  const budget = createReadBudget(clock)
  for (let read = 0; read < 3; read++) await budget.take('shard', signal)
  expect(budget.taken('shard')).toBe(3)
  await clock.sleep(59_000)
  expect(budget.taken('shard')).toBe(1)
  await clock.sleep(60_000)
  expect(budget.taken('shard')).toBe(0)
})
