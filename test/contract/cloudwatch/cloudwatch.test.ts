import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch'
import {
  CreateStreamCommand,
  EnableEnhancedMonitoringCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCloudWatch } from '../../../electron/sandbox/cloudwatch/cloudwatch.ts'
import { openKinesis } from '../../../electron/sandbox/kinesis/kinesis.ts'
import { waiting } from '../../fixture/waiting.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

const STREAM = 'orders'
const SHARD = 'shardId-000000000000'
/** The beginning of a minute, an hour and a day, UTC. */
const START = Date.UTC(2026, 10, 20)
const MINUTE_MS = 60_000
let dir: string
let clock: number
let served: Awaited<ReturnType<typeof serveServices>>
let kinesis: KinesisClient
let cloudWatch: CloudWatchClient

async function open(): Promise<void> {
  const now = () => clock
  const { service, metrics } = await openKinesis({
    dir,
    account: '000000000000',
    region: 'us-east-1',
    now,
    limits: true,
    stateDelayMs: 1,
    log: () => undefined,
  })
  served = await serveServices([service, createCloudWatch({ streams: metrics, now })])
  const config = { endpoint: served.endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 }
  kinesis = new KinesisClient(config)
  cloudWatch = new CloudWatchClient(config)
}
async function close(): Promise<void> {
  kinesis.destroy()
  cloudWatch.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-cloudwatch-'))
  clock = START
  await open()
  await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }))
  await vi.waitFor(() => put(0), waiting)
})
afterEach(async () => {
  await close()
  await rm(dir, { recursive: true })
})

/** Puts records of 3 bytes: one of data, two of key. With 0, a record in a minute before all others. */
async function put(count: number): Promise<number | undefined> {
  if (count === 0) {
    await kinesis.send(new PutRecordCommand({ StreamName: STREAM, PartitionKey: 'kk', Data: Buffer.from('x') }))
    clock = START + MINUTE_MS
    return 0
  }
  const Records = Array.from({ length: count }, () => ({ PartitionKey: 'kk', Data: Buffer.from('x') }))
  return (await kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }))).FailedRecordCount
}
const query = (metric: string, change: { shard?: string; period?: number; stat?: string } = {}): MetricDataQuery => ({
  Id: 'q',
  MetricStat: {
    Metric: {
      Namespace: 'AWS/Kinesis',
      MetricName: metric,
      Dimensions: [
        { Name: 'StreamName', Value: STREAM },
        ...(change.shard ? [{ Name: 'ShardId', Value: change.shard }] : []),
      ],
    },
    Period: change.period ?? 60,
    Stat: change.stat ?? 'Sum',
  },
})
async function values(...[metric, change]: Parameters<typeof query>): Promise<number[] | undefined> {
  const { MetricDataResults } = await cloudWatch.send(
    new GetMetricDataCommand({
      MetricDataQueries: [query(metric, change)],
      StartTime: new Date(START),
      EndTime: new Date(clock + MINUTE_MS),
      ScanBy: 'TimestampAscending',
    }),
  )
  return MetricDataResults?.[0]?.Values
}

describe('GetMetricData', () => {
  it('gives what the stream received by the minute, only what it acknowledged, also after a restart', async () => {
    expect(await put(400)).toBe(0)
    clock += MINUTE_MS
    expect(await put(500)).toBe(0)
    expect(await put(500)).toBe(0)
    expect(await put(500)).toBe(500)
    const check = async () => {
      expect(await values('IncomingRecords')).toEqual([1, 400, 1000])
      expect(await values('IncomingBytes')).toEqual([3, 1200, 3000])
      expect(await values('PutRecord.Success')).toEqual([1])
      expect(await values('PutRecords.TotalRecords')).toEqual([400, 1500])
      expect(await values('PutRecords.SuccessfulRecords')).toEqual([400, 1000])
      expect(await values('PutRecords.ThrottledRecords')).toEqual([0, 500])
      expect(await values('WriteProvisionedThroughputExceeded')).toEqual([500])
    }
    await check()
    await close()
    await open()
    await check()
  })

  it('gives what readers took, how far behind they were, and how often they were refused', async () => {
    await put(100)
    clock += 90_000
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: STREAM, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' }),
    )
    const reads = Array.from({ length: 7 }, () => kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 51 })))
    const settled = await Promise.allSettled(reads)
    expect(settled.filter(read => read.status === 'fulfilled')).toHaveLength(5)
    expect(await values('GetRecords.Records')).toEqual([255])
    expect(await values('GetRecords.Bytes')).toEqual([765])
    expect(await values('GetRecords.IteratorAgeMilliseconds', { stat: 'Maximum' })).toEqual([90_000])
    expect(await values('GetRecords.Success', { stat: 'SampleCount' })).toEqual([5])
    expect(await values('ReadProvisionedThroughputExceeded')).toEqual([2])
  })

  it('puts minutes together to longer periods, which the start is rounded down to', async () => {
    await put(10)
    clock += 5 * MINUTE_MS
    await put(20)
    expect(await values('IncomingRecords', { period: 300 })).toEqual([11, 20])
    const { MetricDataResults } = await cloudWatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: [query('IncomingRecords', { period: 300 })],
        StartTime: new Date(START + 4 * MINUTE_MS),
        EndTime: new Date(clock + MINUTE_MS),
      }),
    )
    expect(MetricDataResults?.[0]?.Values).toEqual([20, 11])
    expect(MetricDataResults?.[0]?.Timestamps).toEqual([new Date(START + 5 * MINUTE_MS), new Date(START)])
  })

  it('gives metrics of a shard only when they are switched on', async () => {
    await put(10)
    expect(await values('IncomingRecords', { shard: SHARD })).toEqual([])
    await kinesis.send(
      new EnableEnhancedMonitoringCommand({ StreamName: STREAM, ShardLevelMetrics: ['IncomingRecords'] }),
    )
    expect(await values('IncomingRecords', { shard: SHARD })).toEqual([1, 10])
    expect(await values('IncomingBytes', { shard: SHARD })).toEqual([])
  })

  it('gives its points in pages', async () => {
    for (let minute = 0; minute < 5; minute++) {
      await put(minute + 1)
      clock += MINUTE_MS
    }
    const all: number[] = []
    let pages = 0
    let NextToken: string | undefined
    do {
      const page = await cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: [
            { ...query('IncomingRecords'), Id: 'a' },
            { ...query('IncomingBytes'), Id: 'b' },
          ],
          StartTime: new Date(START + MINUTE_MS),
          EndTime: new Date(clock),
          ScanBy: 'TimestampAscending',
          MaxDatapoints: 3,
          NextToken,
        }),
      )
      all.push(...(page.MetricDataResults ?? []).flatMap(result => result.Values ?? []))
      pages++
      NextToken = page.NextToken
    } while (NextToken)
    expect(all).toEqual([1, 2, 3, 4, 5, 3, 6, 9, 12, 15])
    expect(pages).toBe(4)
  })

  it('refuses metric math, odd periods and unknown statistics in words that say what to do', async () => {
    const ask = (MetricDataQueries: MetricDataQuery[]) =>
      cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries,
          StartTime: new Date(START),
          EndTime: new Date(clock + MINUTE_MS),
        }),
      )
    await expect(ask([{ Id: 'sum', Expression: 'm1 + m2' }])).rejects.toThrow(/no metric math: query sum/)
    await expect(ask([query('IncomingRecords', { period: 90 })])).rejects.toThrow(/multiple of 60/)
    await expect(ask([query('IncomingRecords', { stat: 'p99' })])).rejects.toThrow(/p99/)
  })
})

describe('GetMetricStatistics and ListMetrics', () => {
  it('give the same sums and name the metrics that there are', async () => {
    await put(10)
    const { Datapoints } = await cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/Kinesis',
        MetricName: 'IncomingRecords',
        Dimensions: [{ Name: 'StreamName', Value: STREAM }],
        StartTime: new Date(START),
        EndTime: new Date(clock + MINUTE_MS),
        Period: 60,
        Statistics: ['Sum', 'Maximum'],
      }),
    )
    expect(Datapoints).toMatchObject([
      { Timestamp: new Date(START), Sum: 1 },
      { Timestamp: new Date(START + MINUTE_MS), Sum: 10 },
    ])
    await kinesis.send(
      new EnableEnhancedMonitoringCommand({ StreamName: STREAM, ShardLevelMetrics: ['OutgoingBytes'] }),
    )
    const { Metrics } = await cloudWatch.send(new ListMetricsCommand({ Namespace: 'AWS/Kinesis' }))
    const names = Metrics?.map(
      metric => `${metric.MetricName} ${metric.Dimensions?.map(entry => entry.Value).join(' ')}`,
    )
    expect(names).toContain(`IncomingRecords ${STREAM}`)
    expect(names).toContain(`GetRecords.IteratorAgeMilliseconds ${STREAM}`)
    expect(names).toContain(`OutgoingBytes ${STREAM} ${SHARD}`)
    expect(names).not.toContain(`OutgoingRecords ${STREAM} ${SHARD}`)
  })
})
