import {
  DeletePublicAccessBlockCommand,
  GetBucketTaggingCommand,
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
