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

async function look(
  times: number,
  options: { says: (look: number) => string; random?: () => number; wakeIn?: number },
) {
  const { clock, slept } = clockThatMoves(count => count === options.wakeIn && pace.wake())
  const pace = createPace(clock)
  const { signal } = new AbortController()
  const looked: number[] = []
  for await (const at of watching({
    ask: async () => clock.nowMs,
    signature: () => options.says(looked.length),
    everyMs: 1_000,
    pace,
    signal,
    ...(options.random && { random: options.random }),
  })) {
    looked.push(at)
    if (looked.length === times) break
  }
  return { looked, slept }
}

describe('looking again and again', () => {
  it('keeps its pace while every look says something new, irregularly where it is asked to be', async () => {
    const says = (count: number) => String(count)
    expect((await look(30, { says })).slept).toEqual(Array(29).fill(1_000))
    expect((await look(30, { says, random: () => 0 })).slept).toEqual(Array(29).fill(500))
  })

  it('rests while nothing changes: every five seconds, then every fifteen, at whole ones of the clock', async () => {
    const { looked, slept } = await look(40, { says: () => 'same' })
    expect(slept.slice(0, 8)).toEqual(Array(8).fill(1_000))
    const rests = looked.slice(10).map(atMs => atMs % 5_000)
    expect(new Set(rests)).toEqual(new Set([0]))
    expect(new Set(looked.slice(23).map(atMs => atMs % 15_000))).toEqual(new Set([0]))
    expect(Math.max(...slept)).toBeLessThan(15_000 * 1.25)
  })

  it('two that rest look at the same moment, whenever they began', async () => {
    const one = await look(40, { says: () => 'same' })
    const other = await look(40, { says: () => 'same', random: () => 0.3 })
    expect(other.looked.at(-1) ?? 0).toBeGreaterThan(START + 100_000)
    expect((one.looked.at(-1) ?? 0) % 15_000).toBe((other.looked.at(-1) ?? 0) % 15_000)
  })

  it('is woken by what was begun, and keeps its pace for a while', async () => {
    const { slept } = await look(40, { says: () => 'same', wakeIn: 25 })
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
