import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shardThroughput } from '../../../electron/sandbox/kinesis/throughput.ts'

const MIB = 1024 * 1024

describe('the throughput of a shard', () => {
  it('lets through at most a second in hand and 1,000 records and 1 MiB for each second, whatever the attempts', () => {
    const attempts = fc.array(
      fc.record({
        waitMs: fc.integer({ min: 0, max: 700 }),
        records: fc.nat({ max: 900 }),
        size: fc.integer({ min: 1, max: 3_000 }),
      }),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(attempts, lots => {
        const shard = shardThroughput()
        let [nowMs, records, bytes] = [1_000, 0, 0]
        for (const lot of lots) {
          nowMs += lot.waitMs
          for (let index = 0; index < lot.records; index++) {
            if (!shard.takeRecord(lot.size, nowMs)) continue
            records++
            bytes += lot.size
          }
          const seconds = 1 + (nowMs - 1_000) / 1000
          expect(records).toBeLessThanOrEqual(1_000 * seconds + 1e-6)
          expect(bytes).toBeLessThanOrEqual(MIB * seconds + 1)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('takes nothing for what it refuses', () => {
    const shard = shardThroughput()
    expect(shard.takeRecord(MIB - 100, 0)).toBe(true)
    for (let attempt = 0; attempt < 50; attempt++) expect(shard.takeRecord(200, 0)).toBe(false)
    expect(shard.takeRecord(100, 0)).toBe(true)
  })

  it('gives five reads a second', () => {
    const shard = shardThroughput()
    const reads = (nowMs: number) => Array.from({ length: 7 }, () => shard.takeRead(nowMs)).filter(Boolean).length
    expect([reads(0), reads(100), reads(200), reads(1_200)]).toEqual([5, 0, 1, 5])
  })

  it('pays off a read of 10 MiB in the five seconds after it', () => {
    const shard = shardThroughput()
    expect(shard.takeRead(0)).toBe(true)
    shard.chargeRead(10 * MIB)
    const refused = [1, 2, 3, 4].map(second => shard.takeRead(second * 1_000))
    expect(refused).toEqual([false, false, false, false])
    expect(shard.takeRead(5_001)).toBe(true)
  })
})
