import { z } from 'zod'
import { STREAM_METRICS, type StreamMetrics } from '../kinesis/metrics.ts'
import { AwsError } from '../server/aws-error.ts'
import type { SandboxService } from '../server/exchange.ts'
import { type JsonOperation, jsonService, operation } from '../server/json-protocol.ts'
import { type Point, statistics } from './statistics.ts'

interface State {
  streams: StreamMetrics
  now: () => number
}

/** API reference, GetMetricData: 500 queries and 100,800 points a call. */
const MAX_QUERIES = 500
const MAX_POINTS = 100_800

const timestamp = z.union([z.number().transform(seconds => seconds * 1000), z.date().transform(date => date.getTime())])
const Dimension = z.object({ Name: z.string(), Value: z.string() })
const Query = z.object({
  Id: z
    .string()
    .regex(
      /^[a-z][A-Za-z0-9_]*$/,
      'The Id must begin with a lower-case letter and hold letters, digits and underscores only.',
    ),
  MetricStat: z
    .object({
      Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: z.array(Dimension).default([]) }),
      Period: z.int().min(1),
      Stat: z.string(),
    })
    .optional(),
  Expression: z.string().optional(),
  Label: z.string().optional(),
  ReturnData: z.boolean().default(true),
})

const getMetricData: JsonOperation<State> = operation({
  name: 'GetMetricData',
  input: z.object({
    MetricDataQueries: z.array(Query).min(1).max(MAX_QUERIES),
    StartTime: timestamp,
    EndTime: timestamp,
    ScanBy: z.enum(['TimestampAscending', 'TimestampDescending']).default('TimestampDescending'),
    MaxDatapoints: z.int().min(1).max(MAX_POINTS).default(MAX_POINTS),
    NextToken: z.string().optional(),
  }),
  run(state: State, input) {
    if (input.StartTime >= input.EndTime)
      throw new AwsError('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.')
    const all = input.MetricDataQueries.map(query => ({
      query,
      points: pointsOf(state, query, input.StartTime, input.EndTime),
    }))
    if (input.ScanBy === 'TimestampDescending') for (const entry of all) entry.points.reverse()
    let skip = input.NextToken === undefined ? 0 : Number(Buffer.from(input.NextToken, 'base64').toString('utf8'))
    if (!Number.isSafeInteger(skip)) throw new AwsError('InvalidNextToken', 'NextToken is not one of this operation.')
    const from = skip
    let room = input.MaxDatapoints
    const results = all
      .filter(({ query }) => query.ReturnData)
      .map(({ query, points }) => {
        const page = points.slice(skip, skip + room)
        const complete = skip + page.length >= points.length
        skip = Math.max(0, skip - points.length)
        room -= page.length
        return {
          Id: query.Id,
          Label: query.Label ?? query.MetricStat?.Metric.MetricName ?? query.Id,
          Timestamps: page.map(point => new Date(point.atMs)),
          Values: page.map(point => point.value),
          StatusCode: complete ? 'Complete' : 'PartialData',
        }
      })
    const total = all.reduce((sum, entry) => sum + (entry.query.ReturnData ? entry.points.length : 0), 0)
    const given = from + input.MaxDatapoints - room
    return {
      MetricDataResults: results,
      Messages: [],
      ...(given < total && { NextToken: Buffer.from(String(given)).toString('base64') }),
    }
  },
})

function pointsOf(state: State, query: z.output<typeof Query>, fromMs: number, toMs: number): Point[] {
  if (!query.MetricStat) {
    throw new AwsError(
      'ValidationError',
      `The sandbox's CloudWatch does no metric math: query ${query.Id} must have a MetricStat.`,
    )
  }
  return readMetric(state, query.MetricStat.Metric, query.MetricStat.Period, query.MetricStat.Stat, fromMs, toMs)
}

function readMetric(
  state: State,
  metric: { Namespace: string; MetricName: string; Dimensions: z.output<typeof Dimension>[] },
  period: number,
  stat: string,
  fromMs: number,
  toMs: number,
): Point[] {
  if (period % 60 !== 0)
    throw new AwsError(
      'ValidationError',
      'The parameter Period must be a multiple of 60 for the metrics of AWS/Kinesis.',
    )
  if (metric.Namespace !== 'AWS/Kinesis') return []
  const dimension = (name: string) => metric.Dimensions.find(entry => entry.Name === name)?.Value
  const stream = dimension('StreamName')
  if (stream === undefined) return []
  // AWS rounds the start down to the period: the first point is of a whole period.
  const periodMs = period * 1000
  const startMs = Math.floor(fromMs / periodMs) * periodMs
  const minutes = state.streams.read({
    stream,
    shardId: dimension('ShardId'),
    metric: metric.MetricName,
    fromMs: startMs,
    toMs,
  })
  return statistics(minutes ?? [], period, stat)
}

const getMetricStatistics: JsonOperation<State> = operation({
  name: 'GetMetricStatistics',
  input: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(Dimension).default([]),
    StartTime: timestamp,
    EndTime: timestamp,
    Period: z.int().min(1),
    Statistics: z.array(z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'])).min(1),
  }),
  run(state: State, input) {
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

const listMetrics: JsonOperation<State> = operation({
  name: 'ListMetrics',
  input: z.object({ Namespace: z.string().optional(), MetricName: z.string().optional() }),
  run(state: State, { Namespace, MetricName }) {
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

/**
 * CloudWatch for the metrics of the streams. The running minute is included; AWS publishes it a minute or two later.
 */
export const createCloudWatch = (state: State): SandboxService =>
  jsonService({
    signingName: 'monitoring',
    targetPrefix: 'GraniteServiceVersion20100801',
    state,
    operations: [getMetricData, getMetricStatistics, listMetrics],
    limitBytes: 1024 * 1024,
  })
