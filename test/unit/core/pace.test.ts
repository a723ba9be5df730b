import { describe, expect, it } from 'vitest'
import { createPace, watching } from '../../../electron/core/clock/pace.ts'

const START = 1_700_000_000_700

/** A clock that its sleepers move; it keeps how long each slept. `interrupt` is called within a sleep. */
function clockThatMoves(interrupt: (slept: number) => void = () => undefined) {
  const slept: number[] = []
  const clock = {
    nowMs: START,
    now: () => clock.nowMs,
    monotonic: () => clock.nowMs,
    async sleep(ms: number, signal?: AbortSignal) {
      slept.push(ms)
      interrupt(slept.length)
      if (signal?.aborted) throw signal.reason
      clock.nowMs += ms
    },
  }
  return { clock, slept }
}

async function poll(
  times: number,
  options: { says: (poll: number) => string; random?: () => number; wakeIn?: number },
) {
  const { clock, slept } = clockThatMoves(count => count === options.wakeIn && pace.wake())
  const pace = createPace(clock)
  const { signal } = new AbortController()
  const polledAt: number[] = []
  for await (const at of watching({
    ask: async () => clock.nowMs,
    signature: () => options.says(polledAt.length),
    everyMs: 1_000,
    pace,
    signal,
    ...(options.random && { random: options.random }),
  })) {
    polledAt.push(at)
    if (polledAt.length === times) break
  }
  return { polledAt, slept }
}

describe('polling', () => {
  it('keeps its pace while every poll says something new, irregularly where it is asked to be', async () => {
    const says = (count: number) => String(count)
    expect((await poll(30, { says })).slept).toEqual(Array(29).fill(1_000))
    expect((await poll(30, { says, random: () => 0 })).slept).toEqual(Array(29).fill(500))
  })

  it('slows down while nothing changes: every five seconds, then every fifteen, at whole clock beats', async () => {
    const { polledAt, slept } = await poll(40, { says: () => 'same' })
    expect(slept.slice(0, 8)).toEqual(Array(8).fill(1_000))
    const idlePolls = polledAt.slice(10).map(atMs => atMs % 5_000)
    expect(new Set(idlePolls)).toEqual(new Set([0]))
    expect(new Set(polledAt.slice(23).map(atMs => atMs % 15_000))).toEqual(new Set([0]))
    expect(Math.max(...slept)).toBeLessThan(15_000 * 1.25)
  })

  it('two that are idle poll at the same moment, whenever they began', async () => {
    const one = await poll(40, { says: () => 'same' })
    const other = await poll(40, { says: () => 'same', random: () => 0.3 })
    expect(other.polledAt.at(-1) ?? 0).toBeGreaterThan(START + 100_000)
    expect((one.polledAt.at(-1) ?? 0) % 15_000).toBe((other.polledAt.at(-1) ?? 0) % 15_000)
  })

  it('is woken by what was begun, and keeps its pace for a while', async () => {
    const { slept } = await poll(40, { says: () => 'same', wakeIn: 25 })
    expect(slept[24]).toBe(15_000)
    expect(slept.slice(25, 32)).toEqual(Array(7).fill(1_000))
  })

  it('a beat that is about to come is passed over', async () => {
    const { clock, slept } = clockThatMoves()
    const pace = createPace(clock)
    const { signal } = new AbortController()
    clock.nowMs = 15_000 * 1_000 - 1
    await pace.sleepToBeat(15_000, signal)
    expect(slept).toEqual([15_001])
    expect(clock.nowMs % 15_000).toBe(0)
  })
})
