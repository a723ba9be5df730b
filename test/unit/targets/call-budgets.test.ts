import { describe, expect, it } from 'vitest'
import type { Asking } from '../../../electron/core/targets/asking.ts'
import { createCallBudgets } from '../../../electron/core/targets/call-budgets.ts'
import { createCallLog } from '../../../electron/core/targets/calls-made.ts'
import { handMovedClock } from '../../fixture/hand-moved-clock.ts'

const AWS = { id: 'shop', kind: 'aws' as const }
const WATCH: Asking = { by: 'watch', name: 'jobs.watch' }
const START = Date.parse('2026-12-01T12:00:00Z')

describe('the budget of the polls of a service', () => {
  const SIXTY = 60
  const open = () => {
    const hand = handMovedClock(START)
    const budgets = createCallBudgets(hand.clock)
    let done = 0
    const take = (who: Asking | undefined = WATCH, target: typeof AWS | { id: string; kind: 'sandbox' } = AWS) =>
      budgets.take(target, 'elasticmapreduce', who).then(() => void done++)
    return { ...hand, budgets, take, done: () => done }
  }

  it('lets a poll that would be one too many in a minute wait until the first of them is a minute old', async () => {
    const { take, done, advance, budgets, sleeping } = open()
    await Promise.all(Array.from({ length: SIXTY }, () => take()))
    advance(20_000)
    const waiting = take()
    expect(sleeping()).toBe(1)
    expect(budgets.view(AWS.id)).toMatchObject([{ perMinute: SIXTY, lastMinute: SIXTY, waited: 1, waitedMs: 40_000 }])
    advance(39_000)
    expect([done(), sleeping()]).toEqual([SIXTY, 1])
    advance(1_000)
    await waiting
    expect(done()).toBe(SIXTY + 1)
  })

  it('holds back nothing that somebody asked for or began, and nothing of the sandbox', async () => {
    const { take, sleeping } = open()
    const all = Array.from({ length: 2 * SIXTY }, () => [
      take({ by: 'work', name: 'provision.apply' }),
      take({ by: 'ask', name: 'jobs.list' }),
      take(WATCH, { id: 'sandbox', kind: 'sandbox' }),
    ])
    await Promise.all(all.flat())
    expect(sleeping()).toBe(0)
  })
})

describe('the log of calls', () => {
  const call = { target: 'shop', service: 'cloudwatch', operation: 'GetMetricData', asking: WATCH, units: 10 }

  it('counts by the minute and by who asked, with what the calls cost, for an hour and no longer', () => {
    const hand = handMovedClock(START)
    const log = createCallLog(hand.clock)
    log.made({ ...call, outcome: 'answered' })
    log.made({ ...call, outcome: 'throttled' })
    hand.advance(60_000)
    log.made({ ...call, outcome: 'failed', asking: { by: 'history', name: 'history' } })
    const { rows, minutes } = log.view('shop')
    expect(minutes).toMatchObject([
      { at: '2026-12-01T12:00:00.000Z', calls: 2, throttled: 1, failed: 0, usd: 0.0001 },
      { at: '2026-12-01T12:01:00.000Z', calls: 1, throttled: 0, failed: 1, usd: 0 },
    ])
    expect(rows).toMatchObject([
      { by: 'watch', name: 'jobs.watch', calls: 2, throttled: 1, lastMinute: 0 },
      { by: 'history', calls: 1, failed: 1, lastMinute: 1 },
    ])
    expect(log.view('another').rows).toEqual([])
    hand.advance(3_540_000)
    expect(log.view('shop').rows).toMatchObject([{ by: 'history' }])
    expect(log.view('shop').minutes).toHaveLength(60)
    hand.advance(3_600_000)
    expect(log.view('shop').rows).toEqual([])
  })

  it('keeps no more kinds of calls of a minute than it has room for, and loses no count', () => {
    const log = createCallLog(handMovedClock(START).clock)
    for (let kind = 0; kind < 2_000; kind++) log.made({ ...call, operation: `Get${kind}`, outcome: 'answered' })
    const { rows } = log.view('shop')
    expect(rows.length).toBeLessThan(500)
    expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(2_000)
  })
})
