import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { timestampInput } from '../../server/timestamp-input.ts'
import { Dimension, readMetric } from '../read-metric.ts'
import type { CloudWatchState } from '../state.ts'
import type { Point } from '../statistics.ts'

/** API reference, GetMetricData: 500 queries and 100,800 points a call. */
const MAX_QUERIES = 500
const MAX_POINTS = 100_800

const MetricDataQuery = z.object({
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

export const getMetricData: JsonOperation<CloudWatchState> = operation({
  name: 'GetMetricData',
  input: z.object({
    MetricDataQueries: z.array(MetricDataQuery).min(1).max(MAX_QUERIES),
    StartTime: timestampInput,
    EndTime: timestampInput,
    ScanBy: z.enum(['TimestampAscending', 'TimestampDescending']).default('TimestampDescending'),
    MaxDatapoints: z.int().min(1).max(MAX_POINTS).default(MAX_POINTS),
    NextToken: z.string().optional(),
  }),
  run(state: CloudWatchState, input) {
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

function pointsOf(
  state: CloudWatchState,
  query: z.output<typeof MetricDataQuery>,
  fromMs: number,
  toMs: number,
): Point[] {
  if (!query.MetricStat) {
    throw new AwsError(
      'ValidationError',
      `The sandbox's CloudWatch does no metric math: query ${query.Id} must have a MetricStat.`,
    )
  }
  return readMetric(state, query.MetricStat.Metric, query.MetricStat.Period, query.MetricStat.Stat, fromMs, toMs)
}
