import {
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  DisableEnhancedMonitoringCommand,
  IncreaseStreamRetentionPeriodCommand,
  RemoveTagsFromStreamCommand,
  StartStreamEncryptionCommand,
  StopStreamEncryptionCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis'
import { describe, expect, it, vi } from 'vitest'
import { all, applied } from '../../../fixture/open-core.ts'
import { waiting } from '../../../fixture/waiting.ts'
import { converges, core, PIPELINE_TAG, pipeline, provisionOnce, StreamName, toDo } from './provisioned.ts'

provisionOnce()

/** A change by hand is done when the stream is active again. */
const isActive = () =>
  vi.waitFor(async () => {
    const { StreamDescriptionSummary } = await pipeline.aws.kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName }),
    )
    expect(StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE')
  }, waiting)

describe('a plan converges after a change of the stream by hand', () => {
  it('the retention was raised: it is decreased, with the permission for that and what is lost', async () => {
    const longer = new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 })
    await pipeline.aws.kinesis.send(longer)
    const [change] = await toDo()
    expect(change?.permissions).toContain('kinesis:DecreaseStreamRetentionPeriod')
    expect(change?.permissions).not.toContain('kinesis:IncreaseStreamRetentionPeriod')
    expect(change?.effects).toEqual([expect.stringContaining('Records older than 24 h')])
    await converges({ kind: 'stream', differences: [{ member: 'retention', is: '48 h', must: '24 h' }] })
  })

  it('the retention was decreased below what the spec says: it is increased, and nothing is lost by that', async () => {
    const { spec } = pipeline
    const longer = pipeline.another({ spec: { ...spec, source: { ...spec.source, retentionHours: 48 } } })
    await all(applied(longer))
    const shorter = new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 })
    await pipeline.aws.kinesis.send(shorter)
    const [change] = await toDo(longer)
    expect(change?.permissions).toContain('kinesis:IncreaseStreamRetentionPeriod')
    expect(change).not.toHaveProperty('confirm')
    await converges({ differences: [{ member: 'retention', is: '24 h', must: '48 h' }], effects: [] }, longer)
    await longer.close()
    await all(applied(core))
  })

  it('the stream was resharded, and made on demand: it has its shards again, and they are provisioned', async () => {
    const { kinesis } = pipeline.aws
    for (const TargetShardCount of [2, 4, 5]) {
      await kinesis.send(new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }))
      await isActive()
    }
    await converges({ kind: 'stream', differences: [{ member: 'shards', is: '5', must: '1' }] })
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
    const StreamModeDetails = { StreamMode: 'ON_DEMAND' as const }
    await kinesis.send(
      new UpdateStreamModeCommand({ StreamARN: StreamDescriptionSummary?.StreamARN, StreamModeDetails }),
    )
    await isActive()
    const [change] = await toDo()
    expect(change?.differences).toContainEqual({ member: 'mode', is: 'ON_DEMAND', must: 'PROVISIONED' })
    expect(change?.permissions).toContain('kinesis:UpdateStreamMode')
    await all(applied(core))
    expect(await toDo()).toEqual([])
  })

  it('the stream is encrypted with a key of somebody else: it is encrypted with the one of Kinesis', async () => {
    const KeyId = 'alias/mine'
    await pipeline.aws.kinesis.send(new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId }))
    await isActive()
    await converges({
      kind: 'stream',
      differences: [{ member: 'encryption', is: 'KMS alias/mine', must: 'KMS alias/aws/kinesis' }],
    })
  })

  it('the stream was deleted: another one is made', async () => {
    await pipeline.aws.kinesis.send(new DeleteStreamCommand({ StreamName }))
    await vi.waitFor(async () => expect((await toDo())[0]?.action).toBe('create'), waiting)
    await converges({ kind: 'stream', action: 'create' })
  })

  it('the stream lost its tag, its metrics and its encryption', async () => {
    const { kinesis } = pipeline.aws
    await kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: [PIPELINE_TAG] }))
    await kinesis.send(new DisableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['IncomingRecords'] }))
    const KeyId = 'alias/aws/kinesis'
    await kinesis.send(new StopStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId }))
    await converges({
      kind: 'stream',
      differences: [
        { member: 'shardMetrics', is: 'off', must: 'on' },
        { member: 'encryption', is: 'NONE', must: 'KMS alias/aws/kinesis' },
        { member: PIPELINE_TAG, is: 'not set', must: 'food-delivery' },
      ],
    })
  })
})
