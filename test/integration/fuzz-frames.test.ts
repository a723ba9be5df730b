import { expect, it } from 'vitest'
import { fuzzFrames } from '../fuzz/frames.ts'

it(
  'ten thousand broken frames, mutated calls and refused upgrades end nothing but their own connection, and none ' +
    'is an internal error',
  async () => {
    const { sent, problems } = await fuzzFrames({ seed: 12, count: 10_000, log: () => undefined })
    expect(problems).toEqual([])
    expect(sent).toBeGreaterThanOrEqual(10_000)
  },
)
