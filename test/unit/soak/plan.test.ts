import { describe, expect, it } from 'vitest'
import { seeded } from '../../fixture/seeded.ts'
import { ACT_KINDS, type Act, planActs, shardsAfter } from '../../soak/plan.ts'

const first = (seed: number, count: number): Act[] => {
  const acts = planActs(seeded(seed))
  return Array.from({ length: count }, () => acts.next().value)
}

describe('the plan of a soak', () => {
  it('is the same for the same seed, and another for another one', () => {
    expect(first(7, 100)).toEqual(first(7, 100))
    expect(first(7, 100)).not.toEqual(first(8, 100))
  })

  it('has every kind of act within a few hundred, with pauses between them that leave time to recover', () => {
    const acts = first(1, 600)
    expect(new Set(acts.map(({ kind }) => kind))).toEqual(new Set(ACT_KINDS))
    for (const { afterMs, draw } of acts) {
      expect(afterMs).toBeGreaterThanOrEqual(1_000)
      expect(afterMs).toBeLessThanOrEqual(9_000)
      expect(draw >= 0 && draw < 1).toBe(true)
    }
  })

  it('splits and merges within what UpdateShardCount allows and one machine serves', () => {
    for (let open = 1; open <= 6; open++) {
      for (const draw of [0, 0.5, 0.999]) {
        const [more, fewer] = [shardsAfter('split', open, draw), shardsAfter('merge', open, draw)]
        expect(more).toBeGreaterThanOrEqual(open)
        expect(more).toBeLessThanOrEqual(Math.min(6, Math.max(open, open * 2)))
        expect(fewer).toBeLessThanOrEqual(open)
        expect(fewer).toBeGreaterThanOrEqual(Math.ceil(open / 2))
      }
    }
    expect(shardsAfter('split', 2, 0.999)).toBe(4)
    expect(shardsAfter('merge', 4, 0)).toBe(2)
    expect([shardsAfter('split', 6, 0.5), shardsAfter('merge', 1, 0.5)]).toEqual([6, 1])
  })
})
