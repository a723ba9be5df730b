import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DescribeLimitsCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  DisableEnhancedMonitoringCommand,
  EnableEnhancedMonitoringCommand,
  KinesisClient,
  ListStreamsCommand,
  ListTagsForResourceCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
  RemoveTagsFromStreamCommand,
  StartStreamEncryptionCommand,
  StopStreamEncryptionCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openKinesis } from '../../../electron/sandbox/kinesis/kinesis.ts'
import { waiting } from '../../fixture/waiting.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

const StreamName = 'orders'
const StreamARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/orders'
let dir: string
let served: Awaited<ReturnType<typeof serveServices>>
let client: KinesisClient

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-kinesis-'))
  const { service } = await openKinesis({
    dir,
    account: '000000000000',
    region: 'us-east-1',
    now: Date.now,
    limits: true,
    stateDelayMs: 1,
    log: () => undefined,
  })
  served = await serveServices([service])
  client = new KinesisClient({
    endpoint: served.endpoint,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
  })
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
  await active()
})
afterEach(async () => {
  client.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
  await rm(dir, { recursive: true })
})

const summary = async () =>
  (await client.send(new DescribeStreamSummaryCommand({ StreamARN }))).StreamDescriptionSummary
const active = () =>
  vi.waitFor(async () => {
    expect((await summary())?.StreamStatus).toBe('ACTIVE')
  }, waiting)

describe('a stream', () => {
  it('keeps its tags, read by name and by ARN, page by page', async () => {
    await client.send(new AddTagsToStreamCommand({ StreamARN, Tags: { team: 'data', env: 'test', cost: '1' } }))
    await client.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ['cost'] }))
    const first = await client.send(new ListTagsForStreamCommand({ StreamName, Limit: 1 }))
    expect(first).toMatchObject({ Tags: [{ Key: 'env', Value: 'test' }], HasMoreTags: true })
    const rest = await client.send(new ListTagsForStreamCommand({ StreamName, ExclusiveStartTagKey: 'env' }))
    expect(rest).toMatchObject({ Tags: [{ Key: 'team', Value: 'data' }], HasMoreTags: false })
    const all = await client.send(new ListTagsForResourceCommand({ ResourceARN: StreamARN }))
    expect(all.Tags).toHaveLength(2)
  })

  it('is encrypted and decrypted while it takes records', async () => {
    await client.send(
      new StartStreamEncryptionCommand({ StreamARN, EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }),
    )
    await active()
    expect(await summary()).toMatchObject({ EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' })
    const put = await client.send(new PutRecordCommand({ StreamARN, PartitionKey: 'k', Data: Buffer.from('x') }))
    expect(put.EncryptionType).toBe('KMS')
    await client.send(new StopStreamEncryptionCommand({ StreamARN, EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }))
    await active()
    expect((await summary())?.EncryptionType).toBe('NONE')
  })

  it('has its metrics of shards switched on and off', async () => {
    const on = await client.send(
      new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['IncomingBytes', 'IncomingRecords'] }),
    )
    expect(on).toMatchObject({
      CurrentShardLevelMetrics: [],
      DesiredShardLevelMetrics: ['IncomingBytes', 'IncomingRecords'],
    })
    const off = await client.send(
      new DisableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['IncomingBytes'] }),
    )
    expect(off.DesiredShardLevelMetrics).toEqual(['IncomingRecords'])
    expect((await summary())?.EnhancedMonitoring).toEqual([{ ShardLevelMetrics: ['IncomingRecords'] }])
  })

  it('in on-demand mode is not scaled by hand', async () => {
    await client.send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }))
    await active()
    expect((await summary())?.StreamModeDetails?.StreamMode).toBe('ON_DEMAND')
    const scale = new UpdateShardCountCommand({ StreamName, TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' })
    await expect(client.send(scale)).rejects.toMatchObject({ name: 'ValidationException' })
    expect(await client.send(new DescribeLimitsCommand({}))).toMatchObject({
      OpenShardCount: 2,
      OnDemandStreamCount: 1,
    })
  })

  it('is described and listed page by page', async () => {
    const first = await client.send(new DescribeStreamCommand({ StreamName, Limit: 1 }))
    expect(first.StreamDescription).toMatchObject({
      HasMoreShards: true,
      Shards: [{ ShardId: 'shardId-000000000000' }],
    })
    const next = { StreamName, Limit: 1, ExclusiveStartShardId: 'shardId-000000000000' }
    const second = await client.send(new DescribeStreamCommand(next))
    expect(second.StreamDescription).toMatchObject({
      HasMoreShards: false,
      Shards: [{ ShardId: 'shardId-000000000001' }],
    })
    await client.send(new CreateStreamCommand({ StreamName: 'another', ShardCount: 1 }))
    const page = await client.send(new ListStreamsCommand({ Limit: 1 }))
    expect(page).toMatchObject({ StreamNames: ['another'], HasMoreStreams: true })
    const last = await client.send(new ListStreamsCommand({ NextToken: page.NextToken }))
    expect(last).toMatchObject({ StreamNames: ['orders'], HasMoreStreams: false, StreamSummaries: [{ StreamARN }] })
  })
})

describe('what is not there', () => {
  it('is refused with the codes of AWS', async () => {
    await expect(client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Stream orders under account 000000000000 already exists.',
    })
    await expect(client.send(new CreateStreamCommand({ StreamName: 'big', ShardCount: 499 }))).rejects.toMatchObject({
      name: 'LimitExceededException',
    })
    await expect(client.send(new DescribeStreamCommand({ StreamName: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Stream none under account 000000000000 not found.',
    })
  })

  it('is answered with 501 and its name when the sandbox does not know the operation', async () => {
    const consumer = new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'c' })
    await expect(client.send(consumer)).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('kinesis RegisterStreamConsumer'),
      $metadata: { httpStatusCode: 501 },
    })
  })
})
