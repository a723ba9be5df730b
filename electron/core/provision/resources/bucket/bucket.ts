import { bucketName } from '../../../../../shared/pipelines/pipeline.ts'
import { PIPELINE_TAG } from '../../../clusters/find-cluster.ts'
import type { PipelineContext } from '../../../pipeline-context.ts'
import { partitionOf } from '../../../targets/partition.ts'
import type { Resource } from '../../resource.ts'
import { destroyBucket } from './empty.ts'
import { type Expiring, lifecycle } from './lifecycle.ts'
import { encryption, ownership, type Place, pipelineTag, publicAccess, type Setting, versions } from './settings.ts'
import { isThere, makeBucket, TAKEN } from './taken.ts'
import { tls } from './tls-only.ts'

type BucketRole = 'orchestration' | 'artifacts' | 'streaming'

/** A private bucket, encrypted, reached over TLS only, whose leftovers expire; the artifacts' keeps old versions. */
export function bucketResource(context: PipelineContext, role: BucketRole): Resource {
  const { aws, spec, target } = context
  const entry = spec.buckets[role]
  const Bucket = bucketName(entry, target)
  const place: Place = { Bucket, ...(/^\d{12}$/.test(target.account) && { ExpectedBucketOwner: target.account }) }
  const settings: Record<string, Setting> = {
    publicAccess,
    ownership,
    encryption: encryption(entry.kmsKey),
    tls: tls(`arn:${partitionOf(target.region)}:s3:::${Bucket}`),
    lifecycle: lifecycle(expiringOf(context, role)),
    ...(role === 'artifacts' && { versions }),
    [PIPELINE_TAG]: pipelineTag(spec.id),
  }
  const all = Object.values(settings)

  async function* configure(members: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
    for (const member of members) {
      const setting = settings[member]
      if (!setting) continue
      yield setting.doing
      await setting.write(aws.s3, place, signal)
    }
  }

  return {
    id: `bucket:${Bucket}`,
    kind: 'bucket',
    name: Bucket,
    dependsOn: [],
    must: Object.fromEntries(Object.entries(settings).map(([member, { must }]) => [member, must])),
    permissions: {
      read: ['s3:ListBucket', ...all.flatMap(({ reading }) => reading)],
      create: ['s3:CreateBucket', ...new Set(all.flatMap(({ writing }) => writing))],
      change: differences => differences.flatMap(({ member }) => settings[member]?.writing ?? []),
      destroy: [
        's3:ListBucketVersions',
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:ListBucketMultipartUploads',
        's3:AbortMultipartUpload',
        's3:DeleteBucket',
      ],
    },
    deniedMeans: permission => (permission === 's3:ListBucket' ? TAKEN : undefined),
    async read(signal) {
      if (!(await isThere(context, place, signal))) return undefined
      const read = Object.entries(settings).map(
        async ([member, setting]) => [member, await setting.read(aws.s3, place, signal)] as const,
      )
      return Object.fromEntries(await Promise.all(read))
    },
    async *create(signal) {
      yield* makeBucket(context, place, signal)
      yield* configure(Object.keys(settings), signal)
    },
    change: configure,
    destroy: signal => destroyBucket(aws.s3, place, signal),
  }
}

/** What expires in a bucket, as the spec says. */
function expiringOf({ spec }: PipelineContext, role: BucketRole): Expiring {
  const uploadsDays = spec.buckets[role].uploadsExpireDays
  if (role !== 'streaming') return { uploadsDays, prefixes: [] }
  const { expireDays, prefixes } = spec.buckets.streaming
  const expiring = (['staging', 'progress', 'logs'] as const).flatMap(name => {
    const days = expireDays[name]
    return days === undefined ? [] : { name, prefix: prefixes[name], days }
  })
  return { uploadsDays, prefixes: expiring }
}
