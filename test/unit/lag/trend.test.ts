import { describe, expect, it } from 'vitest'
import { createTrends, PROMPT } from '../../../electron/core/lag/trend.ts'

/** A shard that receives `perSecond`, committed wholly at every trigger; read every `everyMs` for a minute. */
function follow(options: { perSecond: number; commitsPerSecond: number; triggerMs: number; everyMs: number }) {
  const trends = createTrends(PROMPT)
  let last = trends({ nowMs: 0, triggerMs: 1_000, batchMs: 500, committedMs: undefined, partitions: [] })
  for (let nowMs = 1_000; nowMs <= 60_000; nowMs += options.everyMs) {
    const committedMs = Math.floor(nowMs / options.triggerMs) * options.triggerMs
    const received = Math.round((options.perSecond * nowMs) / 1_000)
    const read = Math.round((Math.min(options.perSecond, options.commitsPerSecond) * committedMs) / 1_000)
    last = trends({
      nowMs,
      triggerMs: options.triggerMs,
      batchMs: 500,
      committedMs,
      partitions: [
        {
          partitionId: 's',
          behindRecords: received - read,
          received: { records: received, bytes: received * 300 },
          committedRecords: Math.round(
            (Math.min(options.perSecond, options.commitsPerSecond) * options.triggerMs) / 1_000,
          ),
        },
      ],
    })
  }
  return last
}

describe('what is behind at a commit', () => {
  it('is nothing for a query that keeps up, and just before it one batch, whenever it is read', () => {
    for (const everyMs of [997, 1_130]) {
      const last = follow({ perSecond: 900, commitsPerSecond: 900, triggerMs: 1_000, everyMs }).partitions.get('s')
      expect(last?.atCommitRecords).toBeLessThan(10)
      expect(last?.beforeCommitRecords).toBe((last?.atCommitRecords ?? 0) + 900)
    }
  })

  it('is what waits now, once the query is silent', () => {
    const trends = createTrends(PROMPT)
    const partitions = [
      { partitionId: 's', behindRecords: 700, received: { records: 900, bytes: 0 }, committedRecords: 200 },
    ]
    const observation = { triggerMs: 1_000, batchMs: 500, committedMs: 0, partitions }
    expect(trends({ ...observation, nowMs: 30_000 }).partitions.get('s')).toMatchObject({
      atCommitRecords: 700,
      beforeCommitRecords: 700,
    })
  })
})

describe('the trend of the lag', () => {
  it('is flat for a query that keeps up, whatever the phase of readings and triggers', () => {
    for (const everyMs of [997, 1_000, 1_013, 1_130])
      expect(
        Math.abs(follow({ perSecond: 900, commitsPerSecond: 900, triggerMs: 1_000, everyMs }).total ?? Number.NaN),
      ).toBeLessThan(2)
  })

  it('is what arrives less what is committed for a query that falls behind', () => {
    const { total, partitions } = follow({ perSecond: 900, commitsPerSecond: 600, triggerMs: 1_000, everyMs: 1_013 })
    expect(total).toBeGreaterThan(297)
    expect(total).toBeLessThan(303)
    expect(partitions.get('s')?.incomingRecordsPerSecond).toBeCloseTo(900, -1)
    expect(partitions.get('s')?.incomingBytesPerSecond).toBeCloseTo(270_000, -4)
  })

  it('grows by all that arrives while the query is silent', () => {
    const trends = createTrends(PROMPT)
    let total: number | null = null
    for (let second = 0; second <= 40; second++)
      total = trends({
        nowMs: second * 1_000,
        triggerMs: 1_000,
        batchMs: 500,
        committedMs: -10_000,
        partitions: [
          {
            partitionId: 's',
            behindRecords: second * 500,
            received: { records: second * 500, bytes: 0 },
            committedRecords: 0,
          },
        ],
      }).total
    expect(total).toBeCloseTo(500, 0)
  })

  it('of a query with long triggers is not that of a query that does not run', () => {
    const { total } = follow({ perSecond: 900, commitsPerSecond: 900, triggerMs: 10_000, everyMs: 1_013 })
    expect(Math.abs(total ?? Number.NaN)).toBeLessThan(20)
  })

  it('of batches that take long is from commit to commit, not of the readings between them', () => {
    const trends = createTrends(PROMPT)
    let total: number | null = null
    for (let nowMs = 10_000; nowMs <= 70_000; nowMs += 1_000) {
      // A batch of ten seconds takes all that waited when it began; 160 a second arrive.
      const committedMs = Math.floor(nowMs / 10_000) * 10_000
      const behindRecords = 0.16 * (nowMs - committedMs + 10_000)
      const partitions = [
        { partitionId: 's', behindRecords, received: { records: 0.16 * nowMs, bytes: 0 }, committedRecords: 0 },
      ]
      total = trends({ nowMs, triggerMs: 1_000, batchMs: 9_700, committedMs, partitions }).total
    }
    expect(Math.abs(total ?? Number.NaN)).toBeLessThan(2)
  })

  it('is that of the commits again once a silence ends', () => {
    const trends = createTrends(PROMPT)
    const observation = (nowMs: number, committedMs: number, behindRecords: number) =>
      trends({
        nowMs,
        triggerMs: 1_000,
        batchMs: 500,
        committedMs,
        partitions: [{ partitionId: 's', behindRecords, received: { records: nowMs, bytes: 0 }, committedRecords: 0 }],
      })
    for (let nowMs = 10_000; nowMs < 40_000; nowMs += 1_000) observation(nowMs, 0, nowMs)
    for (let nowMs = 40_000; nowMs <= 70_000; nowMs += 1_000) observation(nowMs, nowMs, 40_000 - (nowMs - 40_000))
    expect(observation(71_000, 71_000, 9_000).total).toBeLessThan(0)
  })

  it('is not known while a shard is not', () => {
    const trends = createTrends(PROMPT)
    const partitions = [{ partitionId: 's', behindRecords: null, received: undefined, committedRecords: 0 }]
    expect(trends({ nowMs: 0, triggerMs: 1_000, batchMs: 500, committedMs: 0, partitions }).total).toBeNull()
    expect(trends({ nowMs: 5_000, triggerMs: 1_000, batchMs: 500, committedMs: 5_000, partitions }).total).toBeNull()
  })

  /** Reads once a second from a query that is silent: what waits is what `behind` says. */
  function silent(seconds: number, behind: (second: number) => number, received = behind) {
    const trends = createTrends(PROMPT)
    let last = trends({ nowMs: 0, triggerMs: 1_000, batchMs: 0, committedMs: undefined, partitions: [] })
    for (let second = 0; second <= seconds; second++)
      last = trends({
        nowMs: second * 1_000,
        triggerMs: 1_000,
        batchMs: 0,
        committedMs: undefined,
        partitions: [
          {
            partitionId: 's',
            behindRecords: behind(second),
            received: { records: received(second), bytes: 0 },
            committedRecords: 0,
          },
        ],
      })
    return last
  }

  it('is not given for less than some seconds: that is the noise between two commits', () => {
    expect(silent(3, second => second * 500).total).toBeNull()
    expect(silent(4, second => second * 500).total).toBeCloseTo(500, 6)
  })

  it('is that of the last minute, and a rate that of the last ten seconds', () => {
    const falls = silent(200, second => (second < 100 ? second * 100 : 10_000 - (second - 100) * 50))
    expect(falls.partitions.get('s')?.trendRecordsPerSecond).toBeCloseTo(-50, 6)
    expect(falls.total).toBeCloseTo(-50, 6)
    const stopped = silent(30, second => Math.min(second, 10) * 100)
    expect(stopped.partitions.get('s')?.incomingRecordsPerSecond).toBe(0)
  })

  it('starts over when a query falls silent: from a commit to between two commits there is no slope', () => {
    const trends = createTrends(PROMPT)
    const observation = (nowMs: number, committedMs: number, behindRecords: number) =>
      trends({
        nowMs,
        triggerMs: 1_000,
        batchMs: 500,
        committedMs,
        partitions: [
          { partitionId: 's', behindRecords, received: { records: nowMs / 10, bytes: 0 }, committedRecords: 0 },
        ],
      })
    for (let nowMs = 0; nowMs <= 20_000; nowMs += 1_000) observation(nowMs, nowMs, 0)
    // Nothing arrives any more, and 2,000 that were read ahead are not committed: what waits stays the same.
    const found: (number | null)[] = []
    for (let nowMs = 26_000; nowMs <= 36_000; nowMs += 1_000) found.push(observation(nowMs, 20_000, 2_000).total)
    expect(found.slice(0, 4)).toEqual([null, null, null, null])
    expect(found.slice(4).every(total => Math.abs(total ?? 1) < 1e-6)).toBe(true)
  })
})
