import { z } from 'zod'
import { STREAM_METRICS } from '../../kinesis/metrics.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import type { Dimension } from '../read-metric.ts'
import type { CloudWatchState } from '../state.ts'

export const listMetrics: JsonOperation<CloudWatchState> = operation({
  name: 'ListMetrics',
  input: z.object({ Namespace: z.string().optional(), MetricName: z.string().optional() }),
  run(state: CloudWatchState, { Namespace, MetricName }) {
    const streams = Namespace === undefined || Namespace === 'AWS/Kinesis' ? state.streams.list() : []
    const metrics = streams.flatMap(({ stream, shardIds, shardMetrics }) => [
      ...STREAM_METRICS.map(name => metricShape(name, [{ Name: 'StreamName', Value: stream }])),
      ...shardIds.flatMap(shardId =>
        shardMetrics.map(name =>
          metricShape(name, [
            { Name: 'StreamName', Value: stream },
            { Name: 'ShardId', Value: shardId },
          ]),
        ),
      ),
    ])
    return { Metrics: metrics.filter(metric => MetricName === undefined || metric.MetricName === MetricName) }
  },
})

const metricShape = (name: string, dimensions: z.output<typeof Dimension>[]) => ({
  Namespace: 'AWS/Kinesis',
  MetricName: name,
  Dimensions: dimensions,
})
