import {
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type Tag,
} from '@aws-sdk/client-s3'
import { PIPELINE_TAG } from '../../../clusters/find-cluster.ts'
import { isNotFound } from '../../../errors/expected-error.ts'
import type { AwsClients } from '../../../targets/clients.ts'
import { NOT_SET } from '../../resource.ts'

/** A bucket, and who must own it: S3 refuses (403) a call about one that is another account's. */
export interface Place {
  Bucket: string
  ExpectedBucketOwner?: string
}

/** One thing that a bucket is set to: what it must be, how that is read and put right, and the actions of both. */
export interface Setting {
  must: string
  reading: string[]
  writing: string[]
  doing: string
  read(s3: AwsClients['s3'], place: Place, abortSignal: AbortSignal): Promise<string>
  write(s3: AwsClients['s3'], place: Place, abortSignal: AbortSignal): Promise<unknown>
}

const BLOCKED = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }

export const publicAccess: Setting = {
  must: 'blocked',
  reading: ['s3:GetBucketPublicAccessBlock'],
  writing: ['s3:PutBucketPublicAccessBlock'],
  doing: 'blocking public access',
  async read(s3, place, abortSignal) {
    const found = await orUndefined(s3.send(new GetPublicAccessBlockCommand(place), { abortSignal }))
    const block = found?.PublicAccessBlockConfiguration
    return Object.keys(BLOCKED).every(key => block?.[key as keyof typeof BLOCKED] === true) ? 'blocked' : 'possible'
  },
  write: (s3, place, abortSignal) =>
    s3.send(new PutPublicAccessBlockCommand({ ...place, PublicAccessBlockConfiguration: BLOCKED }), { abortSignal }),
}

/** Without ACLs: the bucket's owner owns what is put there, and policies alone say who may do what. */
export const ownership: Setting = {
  must: 'BucketOwnerEnforced',
  reading: ['s3:GetBucketOwnershipControls'],
  writing: ['s3:PutBucketOwnershipControls'],
  doing: 'turning ACLs off',
  async read(s3, place, abortSignal) {
    const found = await orUndefined(s3.send(new GetBucketOwnershipControlsCommand(place), { abortSignal }))
    return found?.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? NOT_SET
  },
  write: (s3, place, abortSignal) =>
    s3.send(
      new PutBucketOwnershipControlsCommand({
        ...place,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      }),
      { abortSignal },
    ),
}

export const versions: Setting = {
  must: 'kept',
  reading: ['s3:GetBucketVersioning'],
  writing: ['s3:PutBucketVersioning'],
  doing: 'keeping versions',
  async read(s3, place, abortSignal) {
    const { Status } = await s3.send(new GetBucketVersioningCommand(place), { abortSignal })
    return Status === 'Enabled' ? 'kept' : 'not kept'
  },
  write: (s3, place, abortSignal) =>
    s3.send(new PutBucketVersioningCommand({ ...place, VersioningConfiguration: { Status: 'Enabled' } }), {
      abortSignal,
    }),
}

/**
 * With the key of KMS that the spec names, asked for once a bucket and not once an object. Where it names none, S3's
 * own keys are set, and a key that somebody chose for the bucket is as right: it is never taken away.
 */
export const encryption = (kmsKey: string | undefined): Setting => ({
  must: kmsKey === undefined ? 'on' : `aws:kms ${kmsKey}`,
  reading: ['s3:GetEncryptionConfiguration'],
  writing: ['s3:PutEncryptionConfiguration'],
  doing: 'encrypting what is put there',
  async read(s3, place, abortSignal) {
    const found = await orUndefined(s3.send(new GetBucketEncryptionCommand(place), { abortSignal }))
    const { SSEAlgorithm, KMSMasterKeyID } =
      found?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault ?? {}
    if (SSEAlgorithm === undefined) return NOT_SET
    if (kmsKey === undefined) return 'on'
    return [SSEAlgorithm, ...(KMSMasterKeyID === undefined ? [] : [KMSMasterKeyID])].join(' ')
  },
  write: (s3, place, abortSignal) => {
    const byDefault =
      kmsKey === undefined
        ? { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }
        : {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: kmsKey },
            BucketKeyEnabled: true,
          }
    return s3.send(
      new PutBucketEncryptionCommand({ ...place, ServerSideEncryptionConfiguration: { Rules: [byDefault] } }),
      { abortSignal },
    )
  },
})

export const pipelineTag = (pipeline: string): Setting => ({
  must: pipeline,
  reading: ['s3:GetBucketTagging'],
  writing: ['s3:GetBucketTagging', 's3:PutBucketTagging'],
  doing: 'tagging it',
  read: async (s3, place, abortSignal) =>
    (await tagsOf(s3, place, abortSignal)).find(tag => tag.Key === PIPELINE_TAG)?.Value ?? NOT_SET,
  async write(s3, place, abortSignal) {
    // PutBucketTagging replaces all tags: those of others are written again.
    const others = (await tagsOf(s3, place, abortSignal)).filter(tag => tag.Key !== PIPELINE_TAG)
    const TagSet = [...others, { Key: PIPELINE_TAG, Value: pipeline }]
    await s3.send(new PutBucketTaggingCommand({ ...place, Tagging: { TagSet } }), { abortSignal })
  },
})

async function tagsOf(s3: AwsClients['s3'], place: Place, abortSignal: AbortSignal): Promise<Tag[]> {
  return (await orUndefined(s3.send(new GetBucketTaggingCommand(place), { abortSignal })))?.TagSet ?? []
}

/** What is asked for, unless S3 says that it is not there. */
export async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
