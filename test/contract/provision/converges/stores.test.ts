import {
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { runStatement } from '../../../../electron/core/statements/run-statement.ts'
import { all, applied, failure } from '../../../fixture/open-core.ts'
import { converges, core, PIPELINE_TAG, pipeline, provisionOnce, toDo } from './provisioned.ts'

provisionOnce()

describe('a plan converges after a change of buckets and tables by hand', () => {
  it('a bucket may be public, keeps no versions and has tags of others: those stay', async () => {
    const { s3 } = pipeline.aws
    const Bucket = 'food-delivery-artifacts-000000000000-us-east-1'
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }))
    const TagSet = [{ Key: 'team', Value: 'data' }]
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
    await converges({
      id: `bucket:${Bucket}`,
      permissions: [
        's3:PutBucketPublicAccessBlock',
        's3:PutBucketVersioning',
        's3:GetBucketTagging',
        's3:PutBucketTagging',
      ],
    })
    const tags = (await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet
    expect(tags).toContainEqual({ Key: 'team', Value: 'data' })
    expect(tags).toContainEqual({ Key: PIPELINE_TAG, Value: 'food-delivery' })
  })

  it('a bucket has ACLs, a KMS key of others, no lifecycle and no policy of ours: what others set stays', async () => {
    const { s3 } = pipeline.aws
    const Bucket = 'food-delivery-streaming-000000000000-us-east-1'
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] }
    await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }))
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }]
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }))
    const rule = { ID: 'theirs', Status: 'Enabled' as const, Filter: { Prefix: 'x/' }, Expiration: { Days: 1 } }
    const LifecycleConfiguration = { Rules: [rule, { ...rule, ID: 'sluice-logs', Filter: { Prefix: 'logs/' } }] }
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
    const AWS = 'arn:aws:iam::000000000000:root'
    const Resource = `arn:aws:s3:::${Bucket}`
    const statement = { Sid: 'Theirs', Effect: 'Allow', Principal: { AWS }, Action: 's3:ListBucket', Resource }
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement: statement }) }))
    await converges({
      id: `bucket:${Bucket}`,
      action: 'change',
      differences: [
        { member: 'ownership', is: 'ObjectWriter', must: 'BucketOwnerEnforced' },
        { member: 'tls', is: 'not set', must: 'required' },
        { member: 'lifecycle', is: 'logs/ 1 d', must: 'logs/ 30 d, staging/ 7 d, uploads 7 d' },
      ],
      permissions: [
        's3:PutBucketOwnershipControls',
        's3:GetBucketPolicy',
        's3:PutBucketPolicy',
        's3:GetLifecycleConfiguration',
        's3:PutLifecycleConfiguration',
      ],
    })
    const encrypted = await s3.send(new GetBucketEncryptionCommand({ Bucket }))
    expect(encrypted.ServerSideEncryptionConfiguration?.Rules).toMatchObject(Rules)
    const lifecycle = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    expect(lifecycle.Rules).toContainEqual(rule)
    expect(lifecycle.Rules).toHaveLength(4)
    const policy = JSON.parse((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '')
    expect(policy.Statement).toMatchObject([statement, { Sid: 'SluiceTlsOnly', Effect: 'Deny' }])
    // Another statement under our Sid is put right, too.
    const open = { ...statement, Sid: 'SluiceTlsOnly' }
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement: [open] }) }))
    await converges({
      differences: [{ member: 'tls', is: 'another statement SluiceTlsOnly', must: 'required' }],
    })
  })

  it('a table and a column of another one are gone: both are there again, and rows stay', async () => {
    const { context } = pipeline
    await runStatement(context, 'alter table food_delivery_datamart.factOrders drop column TipAmount')
    await runStatement(context, 'drop table food_delivery_datamart.dimCustomers')
    await runStatement(context, "insert into food_delivery_datamart.factOrders (OrderID) values ('a')")
    await converges({
      kind: 'schema',
      differences: [
        { member: 'dimCustomers', is: 'not set', must: 'there' },
        { member: 'factOrders.TipAmount', is: 'not set', must: 'decimal(8,2)' },
      ],
    })
    const { rows } = await runStatement(context, 'select OrderID, TipAmount from food_delivery_datamart.factOrders')
    expect(rows).toEqual([['a', null]])
  })

  it('a column has another type: the plan says what to do by hand, and apply leaves it', async () => {
    const { context } = pipeline
    await runStatement(context, 'alter table food_delivery_datamart.factOrders drop column OrderStatus')
    await runStatement(context, 'alter table food_delivery_datamart.factOrders add column OrderStatus varchar(8)')
    const [change] = await toDo()
    expect(change).toMatchObject({
      differences: [{ member: 'factOrders.OrderStatus', is: 'varchar(8)', must: 'varchar(16)' }],
      blocked: expect.stringContaining('a type is not changed under rows'),
    })
    expect(await failure(applied(core))).toMatchObject({ code: 'conflict' })
    // By hand, as it says; no row is lost here.
    await runStatement(context, 'alter table food_delivery_datamart.factOrders drop column OrderStatus')
    await all(applied(core))
    expect(await toDo()).toEqual([])
  })
})
