import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type LifecycleRule,
  ListBucketsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BUCKET, failsWith, type RunningS3, startS3 } from './fixture.ts'

let s3: RunningS3
beforeEach(async () => {
  s3 = await startS3()
})
afterEach(async () => {
  expect(s3.crashes).toEqual([])
  await s3.close()
})

const make = (Bucket = BUCKET) => s3.client.send(new CreateBucketCommand({ Bucket }))

const NO_TLS = { Bool: { 'aws:SecureTransport': 'false' } }

describe('buckets', () => {
  it('are made, seen, listed and deleted', async () => {
    expect(await make()).toMatchObject({ Location: `/${BUCKET}` })
    expect(await s3.client.send(new HeadBucketCommand({ Bucket: BUCKET }))).toMatchObject({ BucketRegion: 'us-east-1' })
    expect((await s3.client.send(new ListBucketsCommand({}))).Buckets).toEqual([
      { Name: BUCKET, CreationDate: new Date(s3.clock.nowMs) },
    ])
    await s3.client.send(new DeleteBucketCommand({ Bucket: BUCKET }))
    expect((await s3.client.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([])
    await expect(s3.client.send(new HeadBucketCommand({ Bucket: BUCKET }))).rejects.toMatchObject(
      failsWith('NotFound', 404),
    )
  })

  it('may be made again by their owner in us-east-1', async () => {
    await make()
    await expect(make()).resolves.toMatchObject({ Location: `/${BUCKET}` })
  })

  it('are only made in the region of the sandbox', async () => {
    const inRegion = (LocationConstraint: 'eu-west-1') =>
      s3.client.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint } }))
    await expect(inRegion('eu-west-1')).rejects.toMatchObject(failsWith('IllegalLocationConstraintException', 400))
    await expect(inRegion('us-east-1' as 'eu-west-1')).rejects.toMatchObject(
      failsWith('InvalidLocationConstraint', 400),
    )
  })

  it.each(['Upper', 'ab', 'a'.repeat(64), 'with_underscore', '-first', '192.168.0.1', 'two..dots'])(
    'cannot be named %s',
    async name => {
      expect(await s3.raw('PUT', `/${name}`)).toMatchObject({
        status: 400,
        text: expect.stringContaining('InvalidBucketName'),
      })
    },
  )

  it('cannot be deleted while they hold anything', async () => {
    await make()
    await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: 'text' }))
    await expect(s3.client.send(new DeleteBucketCommand({ Bucket: BUCKET }))).rejects.toMatchObject(
      failsWith('BucketNotEmpty', 409),
    )
  })

  it('are listed in pages', async () => {
    const names = ['aa-1', 'aa-2', 'aa-3', 'bb-1']
    for (const name of names) await make(name)
    const first = await s3.client.send(new ListBucketsCommand({ MaxBuckets: 2, Prefix: 'aa' }))
    expect(first.Buckets?.map(bucket => bucket.Name)).toEqual(['aa-1', 'aa-2'])
    const second = await s3.client.send(
      new ListBucketsCommand({ MaxBuckets: 2, Prefix: 'aa', ContinuationToken: first.ContinuationToken }),
    )
    expect(second.Buckets?.map(bucket => bucket.Name)).toEqual(['aa-3'])
    expect(second.ContinuationToken).toBeUndefined()
  })

  it('that are not there answer NoSuchBucket', async () => {
    await expect(s3.client.send(new GetBucketLocationCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject({
      ...failsWith('NoSuchBucket', 404),
      BucketName: 'nowhere',
    })
  })

  it('keep their tags over a restart, and have none at first', async () => {
    await make()
    const get = () => s3.client.send(new GetBucketTaggingCommand({ Bucket: BUCKET }))
    await expect(get()).rejects.toMatchObject(failsWith('NoSuchTagSet', 404))
    const TagSet = [
      { Key: 'sluice', Value: 'a & b' },
      { Key: 'empty', Value: '' },
    ]
    await s3.client.send(new PutBucketTaggingCommand({ Bucket: BUCKET, Tagging: { TagSet } }))
    await s3.restart()
    expect((await get()).TagSet).toEqual(TagSet)
    await s3.client.send(new DeleteBucketTaggingCommand({ Bucket: BUCKET }))
    await expect(get()).rejects.toMatchObject(failsWith('NoSuchTagSet', 404))
  })

  it('have what a new bucket on AWS has: no policy, no lifecycle, encryption, all public access blocked', async () => {
    await make()
    const { client } = s3
    await expect(client.send(new GetBucketPolicyCommand({ Bucket: BUCKET }))).rejects.toMatchObject(
      failsWith('NoSuchBucketPolicy', 404),
    )
    await expect(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }))).rejects.toMatchObject(
      failsWith('NoSuchLifecycleConfiguration', 404),
    )
    const encryption = await client.send(new GetBucketEncryptionCommand({ Bucket: BUCKET }))
    expect(encryption.ServerSideEncryptionConfiguration?.Rules).toEqual([
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
    ])
    expect(
      (await client.send(new GetPublicAccessBlockCommand({ Bucket: BUCKET }))).PublicAccessBlockConfiguration,
    ).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    })
    expect((await client.send(new GetBucketLocationCommand({ Bucket: BUCKET }))).LocationConstraint).toBeUndefined()
    expect((await client.send(new GetBucketVersioningCommand({ Bucket: BUCKET }))).Status).toBeUndefined()
    const acl = await client.send(new GetBucketAclCommand({ Bucket: BUCKET }))
    expect(acl.Grants).toEqual([{ Grantee: { ID: acl.Owner?.ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }])
  })

  it('give back the configurations that were put, and lose them', async () => {
    await make()
    const { client } = s3
    const Statement = [
      { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${BUCKET}/*`, Condition: NO_TLS },
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await client.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }))
    const Rules = [{ ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: 'staging/' }, Expiration: { Days: 3 } }]
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration: { Rules } }))
    const kms = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }
    await client.send(
      new PutBucketEncryptionCommand({ Bucket: BUCKET, ServerSideEncryptionConfiguration: { Rules: [kms] } }),
    )
    const block = { BlockPublicAcls: false }
    await client.send(new PutPublicAccessBlockCommand({ Bucket: BUCKET, PublicAccessBlockConfiguration: block }))
    await s3.restart()
    expect((await s3.client.send(new GetBucketPolicyCommand({ Bucket: BUCKET }))).Policy).toBe(Policy)
    expect((await s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }))).Rules).toEqual(Rules)
    const encryption = await s3.client.send(new GetBucketEncryptionCommand({ Bucket: BUCKET }))
    expect(encryption.ServerSideEncryptionConfiguration?.Rules).toEqual([kms])
    const { PublicAccessBlockConfiguration } = await s3.client.send(new GetPublicAccessBlockCommand({ Bucket: BUCKET }))
    expect(PublicAccessBlockConfiguration).toEqual(block)

    await s3.client.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }))
    await s3.client.send(new DeleteBucketLifecycleCommand({ Bucket: BUCKET }))
    await s3.client.send(new DeletePublicAccessBlockCommand({ Bucket: BUCKET }))
    await expect(s3.client.send(new GetBucketPolicyCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
      name: 'NoSuchBucketPolicy',
    })
    await expect(s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
      name: 'NoSuchLifecycleConfiguration',
    })
    await expect(s3.client.send(new GetPublicAccessBlockCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
      name: 'NoSuchPublicAccessBlockConfiguration',
    })
  })

  it('refuse policies that are incomplete or of another bucket, and public ones while these are blocked', async () => {
    await make()
    const put = (statement: object) => {
      const Statement = [
        { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/*`, ...statement },
      ]
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
      return s3.client.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }))
    }
    await expect(put({})).rejects.toMatchObject(failsWith('MalformedPolicy', 400))
    await expect(put({ Principal: '*', Action: 'ec2:*' })).rejects.toMatchObject(failsWith('MalformedPolicy', 400))
    await expect(put({ Principal: '*', Resource: 'arn:aws:s3:::another/*' })).rejects.toMatchObject(
      failsWith('MalformedPolicy', 400),
    )
    await expect(put({ Principal: '*' })).rejects.toMatchObject(failsWith('AccessDenied', 403))
    await expect(put({ Principal: { AWS: ['*'] } })).rejects.toMatchObject(failsWith('AccessDenied', 403))
    await put({ Principal: { AWS: 'arn:aws:iam::000000000000:root' } })
    await put({ Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } })
    const block = { BlockPublicPolicy: false }
    await s3.client.send(new PutPublicAccessBlockCommand({ Bucket: BUCKET, PublicAccessBlockConfiguration: block }))
    await put({ Principal: '*' })
  })

  it('refuse lifecycles, encryptions and ownerships that S3 does not take', async () => {
    await make()
    const { client } = s3
    const rule = { ID: 'a', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } }
    const put = (...Rules: LifecycleRule[]) =>
      client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration: { Rules } }))
    await expect(put(rule, rule)).rejects.toMatchObject(failsWith('InvalidArgument', 400))
    await expect(put({ ...rule, Expiration: { Days: 0 } })).rejects.toMatchObject(failsWith('InvalidArgument', 400))
    await expect(put({ ...rule, ID: 'x'.repeat(256) })).rejects.toMatchObject(failsWith('InvalidArgument', 400))
    await expect(put({ ...rule, Expiration: undefined })).rejects.toMatchObject(failsWith('InvalidRequest', 400))
    const uploads = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }
    await expect(put({ ...rule, ...uploads, Filter: { Tag: { Key: 'k', Value: 'v' } } })).rejects.toMatchObject(
      failsWith('InvalidRequest', 400),
    )
    const keyOfS3 = { SSEAlgorithm: 'AES256' as const, KMSMasterKeyID: 'a-key' }
    const Rules = [{ ApplyServerSideEncryptionByDefault: keyOfS3 }]
    await expect(
      client.send(new PutBucketEncryptionCommand({ Bucket: BUCKET, ServerSideEncryptionConfiguration: { Rules } })),
    ).rejects.toMatchObject(failsWith('InvalidArgument', 400))
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'Nobody' as 'ObjectWriter' }] }
    await expect(
      client.send(new PutBucketOwnershipControlsCommand({ Bucket: BUCKET, OwnershipControls })),
    ).rejects.toMatchObject(failsWith('MalformedXML', 400))
  })

  it('have no ACLs until their ownership is changed, and keep it over a restart', async () => {
    await make()
    const owned = async () => {
      const { OwnershipControls } = await s3.client.send(new GetBucketOwnershipControlsCommand({ Bucket: BUCKET }))
      return OwnershipControls?.Rules
    }
    expect(await owned()).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }])
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] }
    await s3.client.send(new PutBucketOwnershipControlsCommand({ Bucket: BUCKET, OwnershipControls }))
    await s3.restart()
    expect(await owned()).toEqual(OwnershipControls.Rules)
    await s3.client.send(new DeleteBucketOwnershipControlsCommand({ Bucket: BUCKET }))
    await expect(owned()).rejects.toMatchObject(failsWith('OwnershipControlsNotFoundError', 404))
  })

  it('refuse a policy that is no policy and a document of another name', async () => {
    await make()
    await expect(s3.client.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: '[' }))).rejects.toMatchObject(
      failsWith('MalformedPolicy', 400),
    )
    for (const body of ['<Tagging/>', '<LifecycleConfiguration/>', 'no xml'])
      expect(await s3.raw('PUT', `/${BUCKET}?lifecycle`, { body })).toMatchObject({
        status: 400,
        text: expect.stringContaining('MalformedXML'),
      })
  })

  it('answer 501 with the name of what the sandbox does not do', async () => {
    await make()
    await expect(s3.client.send(new GetBucketCorsCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
      ...failsWith('NotImplemented', 501),
      message: expect.stringContaining('GetBucketCors'),
    })
    expect((await s3.raw('POST', `/${BUCKET}/k?restore`)).text).toContain('RestoreObject')
    expect((await s3.raw('PATCH', `/${BUCKET}`)).status).toBe(405)
  })
})
