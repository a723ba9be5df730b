import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
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
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] })
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
