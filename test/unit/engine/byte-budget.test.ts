import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createByteBudget, shareOf } from '../../../electron/engine/kinesis/byte-budget.ts'
import type { StreamRecord } from '../../../electron/engine/source.ts'

const MIB = 2 ** 20
const recordOf = (bytes: number): StreamRecord => ({
  partitionId: 's',
  offset: '1',
  partitionKey: 'k',
  arrivedMs: 0,
  readAtMs: 0,
  data: new Uint8Array(bytes - 1),
})
const recordsOf = (count: number, bytes: number) => Array.from({ length: count }, () => recordOf(bytes))

describe('the byte budget of a shard reader', () => {
  it(
    'asks first for as many records as fit if each is 1 MiB, and then for as many as fit by the size of the last ' +
      'page',
    () => {
      const budget = createByteBudget(4 * MIB)
      expect(budget.limit()).toBe(4)
      budget.read(recordsOf(4, 1_024))
      expect(budget.limit()).toBe(4 * 1_024 - 4)
    },
  )

  it('asks for no more than a page of GetRecords has', () => {
    const budget = createByteBudget(64 * MIB)
    budget.read(recordsOf(4, 300))
    expect(budget.limit()).toBe(10_000)
  })

  it('reads no further while less than a quarter is free, and goes on when records were taken', () => {
    const budget = createByteBudget(4 * MIB)
    const records = recordsOf(4, MIB)
    budget.read(records)
    expect(budget.limit()).toBe(0)
    budget.taken(records.slice(0, 2))
    expect(budget.limit()).toBe(2)
  })

  it('lets an empty buffer read one record even when it is larger than the budget', () => {
    const budget = createByteBudget(MIB / 2)
    const records = recordsOf(1, MIB)
    expect(budget.limit()).toBe(1)
    budget.read(records)
    expect(budget.limit()).toBe(0)
    budget.taken(records)
    expect(budget.limit()).toBe(1)
  })

  it('is never exceeded while records of one size are read and taken in any order', () => {
    const step = fc.oneof(fc.constant('read' as const), fc.integer({ min: 1, max: 5_000 }))
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4_096 }), fc.array(step, { maxLength: 40 }), (bytes, steps) => {
        const budget = createByteBudget(MIB + 4_096)
        let held: StreamRecord[] = []
        for (const one of steps) {
          if (one === 'read') {
            const records = recordsOf(budget.limit(), bytes)
            budget.read(records)
            held = [...held, ...records]
          } else {
            budget.taken(held.slice(0, one))
            held = held.slice(one)
          }
          expect(held.length * bytes).toBeLessThanOrEqual(MIB + 4_096)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('shares 32 MiB among the shards, and leaves each of very many 256 KiB', () => {
    expect(shareOf(1)).toBe(32 * MIB)
    expect(shareOf(16)).toBe(2 * MIB)
    expect(shareOf(10_000)).toBe(256 * 1_024)
    expect(shareOf(0)).toBe(32 * MIB)
  })
})
