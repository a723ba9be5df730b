import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { bucketName } from '../../../../shared/pipelines/pipeline.ts'
import { PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import { isNotFound } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { Resource } from '../resource.ts'

const BLOCKED = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }

/** A private bucket; the artifacts' keeps old versions. */
export function bucketResource(
  { aws, spec, target }: PipelineContext,
  role: 'orchestration' | 'artifacts' | 'streaming',
): Resource {
  const Bucket = bucketName(spec.buckets[role], target)
  const { s3 } = aws

  async function* configure(signal: AbortSignal): AsyncGenerator<string> {
    const abortSignal = signal
    yield 'blocking public access'
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: BLOCKED }), { abortSignal })
    if (role === 'artifacts') {
      yield 'keeping versions'
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }), {
        abortSignal,
      })
    }
    await s3.send(
      new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: PIPELINE_TAG, Value: spec.id }] } }),
      {
        abortSignal,
      },
    )
  }

  return {
    id: `bucket:${Bucket}`,
    kind: 'bucket',
    name: Bucket,
    dependsOn: [],
    must: { publicAccess: 'blocked', ...(role === 'artifacts' && { versions: 'kept' }) },
    permissions: {
      create: [
        's3:CreateBucket',
        's3:PutBucketPublicAccessBlock',
        ...(role === 'artifacts' ? ['s3:PutBucketVersioning'] : []),
        's3:PutBucketTagging',
      ],
      change: [
        's3:PutBucketPublicAccessBlock',
        ...(role === 'artifacts' ? ['s3:PutBucketVersioning'] : []),
        's3:PutBucketTagging',
      ],
      destroy: ['s3:ListBucketVersions', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:DeleteBucket'],
    },
    async read(signal) {
      const abortSignal = signal
      try {
        await s3.send(new HeadBucketCommand({ Bucket }), { abortSignal })
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
      const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }), { abortSignal })
      let blocked = false
      try {
        const { PublicAccessBlockConfiguration: block } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }), {
          abortSignal,
        })
        blocked = Object.keys(BLOCKED).every(key => block?.[key as keyof typeof BLOCKED] === true)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      return { publicAccess: blocked ? 'blocked' : 'possible', versions: Status === 'Enabled' ? 'kept' : 'not kept' }
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
      yield* configure(signal)
    },
    change: (_, signal) => configure(signal),
    async *destroy(signal) {
      for (;;) {
        const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }), {
          abortSignal: signal,
        })
        const objects = [...Versions, ...DeleteMarkers]
          .slice(0, 1_000)
          .map(({ Key, VersionId }) => ({ Key, VersionId }))
        if (objects.length === 0) break
        yield `removing ${objects.length} objects`
        await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: objects, Quiet: true } }), {
          abortSignal: signal,
        })
      }
      await s3.send(new DeleteBucketCommand({ Bucket }), { abortSignal: signal })
    },
  }
}
