import type { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { describe, expect, it } from 'vitest'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import { createMetricCalls, type MetricQuery } from '../../../electron/core/sources/kinesis/metric-calls.ts'
import { handMovedClock } from '../../fixture/hand-moved-clock.ts'

const START = Date.parse('2026-12-01T12:00:00Z')
const query = (metric: string): MetricQuery => ({
  metric,
  stream: 'orders',
  shardId: undefined,
  periodSeconds: 60,
  stat: 'Sum',
})

/** CloudWatch that has a value for each minute of the time that it is asked for. */
function open(kind: 'aws' | 'sandbox') {
  const asked: string[][] = []
  const cloudWatch = {
    async send({ input: { MetricDataQueries = [], StartTime, EndTime } }: GetMetricDataCommand) {
      asked.push(MetricDataQueries.map(({ MetricStat }) => MetricStat?.Metric?.MetricName ?? ''))
      const Timestamps: Date[] = []
      for (let atMs = StartTime?.getTime() ?? 0; atMs < (EndTime?.getTime() ?? 0); atMs += 60_000)
        Timestamps.push(new Date(atMs))
      return {
        MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, Timestamps, Values: Timestamps.map(() => 1) })),
      }
    },
  }
  const hand = handMovedClock(START)
  const read = createMetricCalls(hand.clock)
  const context = { aws: { cloudWatch }, target: { id: 'shop', kind, region: 'eu-west-1' } }
  const minutes = async (metric: string, count: number) => {
    const request = { queries: [query(metric)], fromMs: START - count * 60_000, toMs: START }
    const [points] = await read(context as unknown as PipelineContext, request)
    return points?.size
  }
  return { ...hand, asked, minutes }
}

describe('metrics of a page on AWS', () => {
  it('are one call once they are known: what was wanted lately rides along, and each has its own time', async () => {
    const { asked, minutes, advance } = open('aws')
    expect([await minutes('IncomingRecords', 30), await minutes('IteratorAge', 10)]).toEqual([30, 10])
    expect(asked).toHaveLength(2)
    for (let round = 0; round < 3; round++) {
      advance(20_000)
      expect([await minutes('IncomingRecords', 30), await minutes('IteratorAge', 10)]).toEqual([30, 10])
    }
    expect(asked.slice(2)).toEqual(Array(3).fill(['IncomingRecords', 'IteratorAge']))
  })

  it('are not asked for again within the time that an answer holds, nor for whoever wants them no more', async () => {
    const { asked, minutes, advance } = open('aws')
    await minutes('IteratorAge', 10)
    advance(10_000)
    await minutes('IteratorAge', 10)
    expect(asked).toHaveLength(1)
    advance(61_000)
    await minutes('IncomingRecords', 30)
    expect(asked.at(-1)).toEqual(['IncomingRecords'])
  })

  it('of the sandbox are asked for as they are wanted', async () => {
    const { asked, minutes } = open('sandbox')
    for (let round = 0; round < 3; round++) await minutes('IncomingRecords', 30)
    expect(asked).toEqual(Array(3).fill(['IncomingRecords']))
  })
})
