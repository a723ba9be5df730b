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
