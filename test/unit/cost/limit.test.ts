import type { Instance } from '@aws-sdk/client-emr'
import { describe, expect, it } from 'vitest'
import { costOf } from '../../../electron/core/switch/cluster-cost.ts'
import { extended, limitOfText, limitText, stopAtMs } from '../../../shared/limit.ts'

const NOW = Date.parse('2026-12-01T12:00:00Z')
const HOUR = 3_600_000
const standing = { nowMs: NOW, clusterSinceMs: NOW - 2 * HOUR, cost: { usd: 3, usdPerHour: 2 } }

describe('the limit of a cluster', () => {
  it.each([
    { limit: { hours: 4 } },
    { limit: { hours: 0.5, usd: 20.25, unattendedHours: 2 }, setAt: '2026-12-01T11:00:00.000Z' },
    { limit: { usd: 1 } },
    { limit: { unattendedHours: 12 }, setAt: '2026-12-01T11:00:00.000Z' },
  ])('is read back from the words that a schedule keeps it in: %j', set => {
    expect(limitText(set).length).toBeLessThan(512)
    const { limit, setAt } = limitOfText(limitText(set)) ?? {}
    expect(limit).toEqual(set.limit)
    if (set.limit.hours !== undefined) expect(setAt).toBe(set.setAt)
  })

  it('is none in the words of somebody else', () => {
    expect(limitOfText('4 h')).toBeUndefined()
    expect(limitOfText('Sluice stops the cluster: someday')).toBeUndefined()
  })

  it('in hours counts from when it was set, or from the start of the cluster where that is later', () => {
    const set = { limit: { hours: 4 }, setAt: new Date(NOW - HOUR).toISOString() }
    expect(stopAtMs(set, standing)).toBe(NOW + 3 * HOUR)
    expect(stopAtMs(set, { ...standing, clusterSinceMs: NOW })).toBe(NOW + 4 * HOUR)
  })

  it('in money is reached when the cluster has cost so much at what it costs an hour now', () => {
    expect(stopAtMs({ limit: { usd: 5 } }, standing)).toBe(NOW + HOUR)
    expect(stopAtMs({ limit: { usd: 5 } }, { ...standing, cost: undefined })).toBeUndefined()
  })

  it('in hours without a console counts from now, and the first of several counts', () => {
    expect(stopAtMs({ limit: { unattendedHours: 2 } }, standing)).toBe(NOW + 2 * HOUR)
    expect(stopAtMs({ limit: { unattendedHours: 2, usd: 5, hours: 100 } }, standing)).toBe(NOW + HOUR)
  })

  it('that is extended by an hour ends an hour later, in money by what the cluster costs', () => {
    const set = { limit: { hours: 4, usd: 5 }, setAt: new Date(NOW).toISOString() }
    expect(extended(set, 1, 2)).toEqual({ limit: { hours: 5, usd: 7 }, setAt: set.setAt })
  })
})

const machine = (fromMs: number, toMs?: number, type = 'm5.xlarge'): Instance => ({
  InstanceType: type,
  Status: {
    Timeline: {
      CreationDateTime: new Date(fromMs),
      ...(toMs !== undefined && { EndDateTime: new Date(toMs) }),
    },
  },
})
/** EC2 and EMR (shared/pricing.ts). */
const M5 = 0.192 + 0.048

describe('what a cluster has cost', () => {
  it('is that of each machine from its creation to its end, also of those that were given back', () => {
    const cost = costOf([machine(NOW - 10 * HOUR), machine(NOW - 10 * HOUR, NOW - 6 * HOUR)], NOW)
    expect(cost.usd).toBeCloseTo(14 * M5, 9)
    expect(cost.usdPerHour).toBeCloseTo(M5, 9)
    expect(cost.machines).toBe(1)
  })

  it('is that of a minute at least for each machine', () => {
    expect(costOf([machine(NOW - 5_000, NOW)], NOW).usd).toBeCloseTo(M5 / 60, 9)
  })

  it('names the types of which no price is known, and counts nothing for them', () => {
    const cost = costOf([machine(NOW - HOUR), machine(NOW - HOUR, undefined, 'z9.tiny')], NOW)
    expect(cost.unpriced).toEqual(['z9.tiny'])
    expect(cost.usd).toBeCloseTo(M5, 9)
  })
})
