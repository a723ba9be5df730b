import { CreateRoleCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { DescribeStatementCommand, ExecuteStatementCommand, RedshiftDataClient } from '@aws-sdk/client-redshift-data'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openSandbox, type Sandbox } from '../../../electron/sandbox/sandbox.ts'
import { processTimes } from '../../../shared/time/times.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { ACCESS_KEY } from '../../fixture/open-core.ts'
import { smallDisk } from '../../fixture/small-disk.ts'
import { NO_SPARK } from '../../fixture/spark.ts'
import { waiting } from '../../fixture/waiting.ts'

const disk = smallDisk(32)
afterAll(() => disk?.remove())

let sandbox: Sandbox
let care: ReturnType<typeof careUnderTest>
let lines: string[]
let round = 0

async function open(dir: string): Promise<void> {
  care = careUnderTest({ dir })
  lines = []
  sandbox = await openSandbox({
    dir,
    port: 0,
    limits: false,
    ...processTimes,
    access: { key: ACCESS_KEY, anyKey: false, checkSignatures: true, now: Date.now },
    log: line => lines.push(line),
    care: { ...care.care, now: Date.now },
    stepCommands: {},
    findSpark: NO_SPARK,
  })
}
const client = () => ({
  endpoint: sandbox.endpoint,
  region: 'us-east-1',
  credentials: ACCESS_KEY,
})

const isActive = (kinesis: KinesisClient) =>
  vi.waitFor(async () => {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 's' }))
    expect(StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE')
  }, waiting)

describe.skipIf(!disk)('a sandbox whose disk is full (needs the right to mount)', () => {
  let dir: string
  beforeEach(async () => {
    dir = `${disk?.path}/${round++}`
    await open(dir)
  })
  afterEach(async () => {
    disk?.free()
    await sandbox.close()
  })

  /** Closes and opens it: what is on disk is whole. */
  async function openAgain(): Promise<void> {
    await sandbox.close()
    await open(dir)
    expect(care.notices).toEqual([])
  }

  it('refuses records one by one as InternalFailure, keeps those it took, and takes the others later', async () => {
    const kinesis = new KinesisClient(client())
    await kinesis.send(new CreateStreamCommand({ StreamName: 's', ShardCount: 2 }))
    await isActive(kinesis)
    const records = Array.from({ length: 60 }, (_, index) => ({
      PartitionKey: String(index),
      Data: Buffer.alloc(2_000, 'x'),
    }))
    const put = () => kinesis.send(new PutRecordsCommand({ StreamName: 's', Records: records }))
    expect((await put()).FailedRecordCount).toBe(0)
    disk?.fill()
    const full = await put()
    expect(full.FailedRecordCount).toBeGreaterThan(0)
    const refused = full.Records?.filter(record => record.ErrorCode !== undefined) ?? []
    expect(refused[0]).toMatchObject({
      ErrorCode: 'InternalFailure',
      ErrorMessage: expect.stringContaining('is full (ENOSPC'),
    })
    disk?.free()
    expect((await put()).FailedRecordCount).toBe(0)
    await vi.waitFor(() => expect(care.notices.map(notice => notice.state)).toEqual(['bad', 'good']), waiting)
    await openAgain()
    const again = new KinesisClient(client())
    const { Shards = [] } = await again.send(new ListShardsCommand({ StreamName: 's' }))
    let held = 0
    for (const { ShardId } of Shards) {
      const iterator = { StreamName: 's', ShardId, ShardIteratorType: 'TRIM_HORIZON' as const }
      const { ShardIterator } = await again.send(new GetShardIteratorCommand(iterator))
      held += (await again.send(new GetRecordsCommand({ ShardIterator }))).Records?.length ?? 0
    }
    expect(held).toBe(180 - (full.FailedRecordCount ?? 0))
  })

  it('answers 503 with a sentence, and has done nothing of what it could not write', async () => {
    const once = { ...client(), maxAttempts: 1 }
    const [iam, kinesis] = [new IAMClient(once), new KinesisClient(once)]
    await kinesis.send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }))
    await isActive(kinesis)
    const role = new CreateRoleCommand({
      RoleName: 'r',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
    })
    disk?.fill()
    const failures = await Promise.all(
      [
        iam.send(role),
        kinesis.send(
          new SplitShardCommand({ StreamName: 's', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: '1000' }),
        ),
      ].map(failureOf),
    )
    const said = expect.stringMatching(/The disk of .* is full \(ENOSPC/)
    expect(failures).toEqual([
      { name: 'ServiceUnavailable', status: 503, said },
      { name: 'ServiceUnavailable', status: 503, said },
    ])
    expect((await iam.send(new ListRolesCommand({}))).Roles).toEqual([])
    expect((await kinesis.send(new ListShardsCommand({ StreamName: 's' }))).Shards).toHaveLength(1)
    disk?.free()
    await iam.send(role)
    await kinesis.send(
      new SplitShardCommand({ StreamName: 's', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: '1000' }),
    )
    await openAgain()
    expect((await new IAMClient(client()).send(new ListRolesCommand({}))).Roles).toHaveLength(1)
    expect((await new KinesisClient(client()).send(new ListShardsCommand({ StreamName: 's' }))).Shards).toHaveLength(3)
  })

  it('keeps an object as it was, and takes the new one when there is room, by the repeats of the SDK', async () => {
    const s3 = new S3Client({ ...client(), forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }))
    const put = (text: string) =>
      s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: text.repeat(50_000) }))
    await put('a')
    disk?.fill()
    const putting = put('b')
    await vi.waitFor(() => expect(care.notices).toMatchObject([{ state: 'bad' }]), waiting)
    const before = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }))
    expect((await before.Body?.transformToString())?.[0]).toBe('a')
    disk?.free()
    await putting
    const after = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }))
    expect((await after.Body?.transformToString())?.[0]).toBe('b')
    await openAgain()
    const again = new S3Client({ ...client(), forcePathStyle: true })
    expect((await again.send(new ListObjectsV2Command({ Bucket: 'bucket' }))).Contents).toHaveLength(1)
  })

  it('lets a statement wait, and finishes it when there is room', async () => {
    const data = new RedshiftDataClient(client())
    const place = { ClusterIdentifier: 'sluice', Database: 'dev', DbUser: 'awsuser' }
    const run = async (Sql: string) => (await data.send(new ExecuteStatementCommand({ ...place, Sql }))).Id
    const isFinished = (Id: string | undefined) =>
      vi.waitFor(async () => {
        const { Status, Error: failure } = await data.send(new DescribeStatementCommand({ Id }))
        expect(failure).toBeUndefined()
        expect(Status).toBe('FINISHED')
      }, waiting)
    await isFinished(await run('create table t (a int, b varchar(200))'))
    await isFinished(
      await run(`insert into t values ${Array.from({ length: 50 }, (_, row) => `(${row}, 'one')`).join(', ')}`),
    )
    disk?.fill()
    // More than fits into the last pages that the files have already.
    const asked = run("insert into t select x.a, repeat('x', 190) from t x cross join t y")
    await vi.waitFor(() => expect(care.notices).toMatchObject([{ state: 'bad' }]), waiting)
    disk?.free()
    await isFinished(await asked)
    await openAgain()
  })
})

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
    return undefined
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    return { name, status: $metadata?.httpStatusCode, said: message }
  }
}
