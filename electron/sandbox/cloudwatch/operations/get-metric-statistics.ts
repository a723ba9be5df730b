import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { timestampInput } from '../../server/timestamp-input.ts'
import { Dimension, readMetric } from '../read-metric.ts'
import type { CloudWatchState } from '../state.ts'

export const getMetricStatistics: JsonOperation<CloudWatchState> = operation({
  name: 'GetMetricStatistics',
  input: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(Dimension).default([]),
    StartTime: timestampInput,
    EndTime: timestampInput,
    Period: z.int().min(1),
    Statistics: z.array(z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'])).min(1),
  }),
  run(state: CloudWatchState, input) {
    const byTime = new Map<number, Record<string, unknown>>()
    for (const stat of input.Statistics) {
      for (const point of readMetric(state, input, input.Period, stat, input.StartTime, input.EndTime)) {
        byTime.set(point.atMs, {
          ...byTime.get(point.atMs),
          Timestamp: new Date(point.atMs),
          [stat]: point.value,
          Unit: 'None',
        })
      }
    }
    return { Label: input.MetricName, Datapoints: [...byTime.values()] }
  },
})
