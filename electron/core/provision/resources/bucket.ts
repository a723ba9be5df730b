import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type Tag,
} from '@aws-sdk/client-s3'
import { bucketName } from '../../../../shared/pipelines/pipeline.ts'
import { PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import { isNotFound } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { AwsClients } from '../../targets/clients.ts'
import { NOT_SET, type Resource } from '../resource.ts'

const BLOCKED = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }

/** A private bucket; the artifacts' keeps old versions. */
export function bucketResource(
  { aws, spec, target }: PipelineContext,
  role: 'orchestration' | 'artifacts' | 'streaming',
): Resource {
  const Bucket = bucketName(spec.buckets[role], target)
  const { s3 } = aws

  async function* configure(members: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
    const abortSignal = signal
    if (members.includes('publicAccess')) {
      yield 'blocking public access'
      const wanted = { Bucket, PublicAccessBlockConfiguration: BLOCKED }
      await s3.send(new PutPublicAccessBlockCommand(wanted), { abortSignal })
    }
    if (members.includes('versions')) {
      yield 'keeping versions'
      const wanted = { Bucket, VersioningConfiguration: { Status: 'Enabled' as const } }
      await s3.send(new PutBucketVersioningCommand(wanted), { abortSignal })
    }
    if (members.includes(PIPELINE_TAG)) {
      yield 'tagging it'
      // PutBucketTagging replaces all tags: those of others are written again.
      const others = (await tagsOf(signal)).filter(tag => tag.Key !== PIPELINE_TAG)
      const TagSet = [...others, { Key: PIPELINE_TAG, Value: spec.id }]
      await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }), { abortSignal })
    }
  }

  async function tagsOf(abortSignal: AbortSignal): Promise<Tag[]> {
    const found = await orUndefined(s3.send(new GetBucketTaggingCommand({ Bucket }), { abortSignal }))
    return found?.TagSet ?? []
  }

  async function publicAccess(abortSignal: AbortSignal): Promise<string> {
    const found = await orUndefined(s3.send(new GetPublicAccessBlockCommand({ Bucket }), { abortSignal }))
    const block = found?.PublicAccessBlockConfiguration
    const isBlocked = Object.keys(BLOCKED).every(key => block?.[key as keyof typeof BLOCKED] === true)
    return isBlocked ? 'blocked' : 'possible'
  }

  const changing: Record<string, string[]> = {
    publicAccess: ['s3:PutBucketPublicAccessBlock'],
    versions: ['s3:PutBucketVersioning'],
    [PIPELINE_TAG]: ['s3:GetBucketTagging', 's3:PutBucketTagging'],
  }
  const must = {
    publicAccess: 'blocked',
    ...(role === 'artifacts' && { versions: 'kept' }),
    [PIPELINE_TAG]: spec.id,
  }
  return {
    id: `bucket:${Bucket}`,
    kind: 'bucket',
    name: Bucket,
    dependsOn: [],
    must,
    permissions: {
      read: ['s3:ListBucket', 's3:GetBucketVersioning', 's3:GetBucketPublicAccessBlock', 's3:GetBucketTagging'],
      create: ['s3:CreateBucket', ...Object.keys(must).flatMap(member => changing[member] ?? [])],
      change: differences => differences.flatMap(({ member }) => changing[member] ?? []),
      destroy: ['s3:ListBucketVersions', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:DeleteBucket'],
    },
    async read(signal) {
      const abortSignal = signal
      if (!(await orUndefined(s3.send(new HeadBucketCommand({ Bucket }), { abortSignal })))) return undefined
      const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }), { abortSignal })
      return {
        publicAccess: await publicAccess(signal),
        versions: Status === 'Enabled' ? 'kept' : 'not kept',
        [PIPELINE_TAG]: (await tagsOf(signal)).find(tag => tag.Key === PIPELINE_TAG)?.Value ?? NOT_SET,
      }
    },
    async *create(signal) {
      await s3.send(
        new CreateBucketCommand({
          Bucket,
          ...(target.region !== 'us-east-1' && {
            CreateBucketConfiguration: { LocationConstraint: target.region as 'eu-west-1' },
          }),
        }),
        { abortSignal: signal },
      )
      yield* configure(Object.keys(must), signal)
    },
    change: configure,
    destroy: signal => destroyBucket(aws, Bucket, signal),
  }
}

/** Removes every version of every object, then the bucket. */
async function* destroyBucket({ s3 }: AwsClients, Bucket: string, abortSignal: AbortSignal): AsyncGenerator<string> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }), {
      abortSignal,
    })
    const objects = [...Versions, ...DeleteMarkers].slice(0, 1_000).map(({ Key, VersionId }) => ({ Key, VersionId }))
    if (objects.length === 0) break
    yield `removing ${objects.length} objects`
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: objects, Quiet: true } }), { abortSignal })
  }
  await s3.send(new DeleteBucketCommand({ Bucket }), { abortSignal })
}

/** What is asked for, unless S3 says that it is not there. */
async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
