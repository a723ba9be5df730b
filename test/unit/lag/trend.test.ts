import { describe, expect, it } from 'vitest'
import { createTrends } from '../../../electron/core/lag/trend.ts'

/** A shard that receives `perSecond`, committed wholly at every trigger; looked at every `everyMs` for a minute. */
function follow(options: { perSecond: number; commitsPerSecond: number; triggerMs: number; everyMs: number }) {
  const trends = createTrends()
  let last = trends({ nowMs: 0, committedMs: undefined, shards: [] })
  for (let nowMs = 1_000; nowMs <= 60_000; nowMs += options.everyMs) {
    const committedMs = Math.floor(nowMs / options.triggerMs) * options.triggerMs
    const received = Math.round((options.perSecond * nowMs) / 1_000)
    const read = Math.round((Math.min(options.perSecond, options.commitsPerSecond) * committedMs) / 1_000)
    last = trends({
      nowMs,
      committedMs,
      shards: [
        { shardId: 's', readRecords: read, behindRecords: received - read, behindBytes: 0, receivedBytes: received * 300 },
      ],
    })
  }
  return last
}

describe('the trend of the lag', () => {
  it('is flat for a query that keeps up, whatever the phase of looks and triggers', () => {
    for (const everyMs of [997, 1_000, 1_013, 1_130])
      expect(
        Math.abs(follow({ perSecond: 900, commitsPerSecond: 900, triggerMs: 1_000, everyMs }).total ?? Number.NaN),
      ).toBeLessThan(2)
  })

  it('is what arrives less what is committed for a query that falls behind', () => {
    const { total, shards } = follow({ perSecond: 900, commitsPerSecond: 600, triggerMs: 1_000, everyMs: 1_013 })
    expect(total).toBeGreaterThan(297)
    expect(total).toBeLessThan(303)
    expect(shards.get('s')?.incomingRecordsPerSecond).toBeCloseTo(900, -1)
    expect(shards.get('s')?.incomingBytesPerSecond).toBeCloseTo(270_000, -4)
  })

  it('grows by all that arrives while the query is silent', () => {
    const trends = createTrends()
    let total: number | null = null
    for (let second = 0; second <= 40; second++)
      total = trends({
        nowMs: second * 1_000,
        committedMs: -10_000,
        shards: [{ shardId: 's', readRecords: 0, behindRecords: second * 500, behindBytes: 0, receivedBytes: 0 }],
      }).total
    expect(total).toBeCloseTo(500, 0)
  })

  it('is not known while a shard is not', () => {
    const trends = createTrends()
    const shards = [{ shardId: 's', readRecords: 0, behindRecords: null, behindBytes: null, receivedBytes: undefined }]
    expect(trends({ nowMs: 0, committedMs: 0, shards }).total).toBeNull()
    expect(trends({ nowMs: 5_000, committedMs: 5_000, shards }).total).toBeNull()
  })
})
