import { RunJobFlowCommand } from '@aws-sdk/client-emr'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { vi } from 'vitest'
import { sparkPackage } from '../../../electron/core/artifacts/spark-package.ts'
import type { AwsClients } from '../../../electron/core/targets/clients.ts'
import { projectFile, projectFiles } from '../../../electron/hosts/project.ts'
import { readAccessKey } from '../../../electron/hosts/sandbox/access-key.ts'
import { SANDBOX_ACCOUNT, SANDBOX_REGION, SANDBOX_WAREHOUSE } from '../../../electron/sandbox/place.ts'
import type { SentSample } from '../../../shared/features/simulator.ts'
import type { Target } from '../../../shared/features/targets.ts'
import { SPARK_PACKAGE, SPARK_SCRIPT } from '../../../shared/job/arguments.ts'
import { clientsOfTest } from '../../fixture/clients-of-test.ts'
import { startSluice, temporaryFolder } from '../../fixture/sluice.ts'
import { SPARK_PLACE } from '../../fixture/spark.ts'
import type { Sent } from './order-texts.ts'

export const STREAM = 'orders-for-two'
export const ARTIFACTS = 'artifacts'
export const BUCKET = 'streaming'
/** Of PutRecords: 500 records, and 5 MiB with their keys. */
const PUT = { records: 500, bytes: 4_000_000 }
/** A busy machine takes its time. */
export const PATIENCE = { timeout: 240_000, interval: 100 }

export type Sandbox = Awaited<ReturnType<typeof openSandbox>>

/**
 * A sandbox as `sluice sandbox` runs it, with a stream of two shards, buckets, a cluster, and the job for Spark in S3.
 */
export async function openSandbox() {
  const folder = await temporaryFolder()
  const program = startSluice(['sandbox', '--data', folder.path, '--limits', 'off'], {
    SLUICE_SPARK_FOLDER: SPARK_PLACE.env.SLUICE_SPARK_FOLDER,
  })
  const [, endpoint = ''] = /AWS_ENDPOINT_URL=(\S+)/.exec(await program.prints('AWS_DEFAULT_REGION')) ?? []
  const target = targetAt(endpoint)
  const aws = clientsOfTest(target, await readAccessKey(folder.path))
  await putJob(aws)
  const stream = await createStream(aws)
  const samples: SentSample[] = []
  return {
    aws,
    target,
    clusterId: await launchCluster(aws),
    /** When each record was sent. */
    samples: samples as readonly SentSample[],
    /** Sends records in their order; each is accepted. */
    async send(records: readonly Sent[]): Promise<void> {
      for (const part of requests(records)) samples.push(...(await putRecords(aws, part)))
    },
    split: stream.split,
    merge: stream.merge,
    ...objectsOf(aws),
    async close(): Promise<void> {
      aws.close()
      program.child.kill('SIGTERM')
      await program.finished
      await folder.remove()
    },
  }
}

function targetAt(endpoint: string): Target {
  const { clusterIdentifier, database, dbUser } = SANDBOX_WAREHOUSE
  return {
    id: 'sandbox',
    title: 'Sandbox',
    kind: 'sandbox',
    region: SANDBOX_REGION,
    account: SANDBOX_ACCOUNT,
    colour: '#7d5bd0',
    accountClass: 'sandbox',
    classedBy: '',
    protection: 'none',
    engines: ['embedded', 'spark'],
    endpoint,
    warehouse: { clusterIdentifier, database, dbUser },
  }
}

/** Makes the buckets, with the job for Spark in that of the artifacts. */
async function putJob({ s3 }: AwsClients): Promise<void> {
  for (const Bucket of [ARTIFACTS, BUCKET]) await s3.send(new CreateBucketCommand({ Bucket }))
  const script = await projectFile('spark/main.py')
  const zip = await sparkPackage({ file: projectFile, list: projectFiles })
  await s3.send(new PutObjectCommand({ Bucket: ARTIFACTS, Key: SPARK_SCRIPT, Body: script }))
  await s3.send(new PutObjectCommand({ Bucket: ARTIFACTS, Key: SPARK_PACKAGE, Body: zip }))
}

async function launchCluster({ emr }: AwsClients): Promise<string> {
  const { JobFlowId = '' } = await emr.send(
    new RunJobFlowCommand({
      Name: 'engines',
      ReleaseLabel: 'emr-spark-8.0.0',
      LogUri: `s3://${BUCKET}/logs/`,
      ServiceRole: 'EMR_DefaultRole',
      JobFlowRole: 'EMR_EC2_DefaultRole',
      StepConcurrencyLevel: 4,
      Instances: { InstanceCount: 1, MasterInstanceType: 'm5.xlarge', KeepJobFlowAliveWhenNoSteps: true },
    }),
  )
  return JobFlowId
}

/** A stream of two shards, and what reshards it. */
async function createStream({ kinesis }: AwsClients) {
  await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 2 }))
  const isActive = () =>
    vi.waitFor(async () => {
      const described = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: STREAM }))
      if (described.StreamDescriptionSummary?.StreamStatus !== 'ACTIVE') throw new Error('The stream is not ACTIVE')
    }, PATIENCE)
  await isActive()

  async function openShards() {
    const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: STREAM }))
    return Shards.filter(shard => shard.SequenceNumberRange?.EndingSequenceNumber === undefined)
      .map(shard => ({
        id: shard.ShardId ?? '',
        from: BigInt(shard.HashKeyRange?.StartingHashKey ?? 0),
        to: BigInt(shard.HashKeyRange?.EndingHashKey ?? 0),
      }))
      .sort((a, b) => (a.from < b.from ? -1 : 1))
  }

  return {
    /** Splits the first open shard in its middle. */
    async split(): Promise<void> {
      const [shard] = await openShards()
      if (!shard) throw new Error('The stream has no open shard')
      const middle = String((shard.from + shard.to) / 2n)
      await kinesis.send(
        new SplitShardCommand({ StreamName: STREAM, ShardToSplit: shard.id, NewStartingHashKey: middle }),
      )
      await isActive()
    },
    /** Merges the last two open shards. */
    async merge(): Promise<void> {
      const [one, other] = (await openShards()).slice(-2)
      if (!one || !other) throw new Error('The stream has no two open shards')
      await kinesis.send(
        new MergeShardsCommand({ StreamName: STREAM, ShardToMerge: one.id, AdjacentShardToMerge: other.id }),
      )
      await isActive()
    },
  }
}

/** Sends one request; each of its records is accepted. Returns when each was sent, and where it is. */
async function putRecords({ kinesis }: AwsClients, records: readonly Sent[]): Promise<SentSample[]> {
  const sentAtMs = Date.now()
  const answer = await kinesis.send(
    new PutRecordsCommand({
      StreamName: STREAM,
      Records: records.map(({ data, partitionKey, explicitHashKey }) => ({
        Data: data,
        PartitionKey: partitionKey,
        ...(explicitHashKey !== undefined && { ExplicitHashKey: explicitHashKey }),
      })),
    }),
  )
  if (answer.FailedRecordCount !== 0) throw new Error(`${answer.FailedRecordCount} records were not accepted`)
  return (answer.Records ?? []).map(({ ShardId = '', SequenceNumber = '' }, place) => ({
    key: records[place]?.partitionKey ?? '',
    partitionId: ShardId,
    offset: SequenceNumber,
    sentAtMs,
  }))
}

function objectsOf({ s3 }: AwsClients) {
  return {
    /** The objects below a prefix of the streaming bucket, by key, as text. */
    async objects(Prefix: string): Promise<Map<string, string>> {
      const found = new Map<string, string>()
      let ContinuationToken: string | undefined
      do {
        const page = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix, ContinuationToken }))
        for (const { Key = '' } of page.Contents ?? []) {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
          found.set(Key, (await Body?.transformToString()) ?? '')
        }
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken)
      return found
    },
    remove: (Key: string) => s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key })),
    put: (Bucket: string, Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body })),
  }
}

/** Records in requests that PutRecords takes. */
function* requests(records: readonly Sent[]): Generator<Sent[]> {
  let request: Sent[] = []
  let sizeBytes = 0
  for (const record of records) {
    if (request.length === PUT.records || (request.length > 0 && sizeBytes + record.data.length > PUT.bytes)) {
      yield request
      request = []
      sizeBytes = 0
    }
    request.push(record)
    sizeBytes += record.data.length
  }
  if (request.length > 0) yield request
}
