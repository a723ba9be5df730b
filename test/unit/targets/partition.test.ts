import { describe, expect, it } from 'vitest'
import { policyDocument } from '../../../electron/core/provision/resources/role.ts'
import { inPartition, partitionOf, servicePrincipal } from '../../../electron/core/targets/partition.ts'
import { foodDelivery, sandboxTarget } from '../../fixture/open-core.ts'

describe('the partition of a region', () => {
  it('is that of the data by which the SDK finds endpoints', () => {
    expect(['us-east-1', 'ap-east-2', 'cn-north-1', 'us-gov-west-1'].map(partitionOf)).toEqual([
      'aws',
      'aws',
      'aws-cn',
      'aws-us-gov',
    ])
  })

  it("is in every ARN of a role's policy and in those of managed policies", async () => {
    const spec = await foodDelivery()
    for (const [region, partition] of [
      ['cn-north-1', 'aws-cn'],
      ['us-gov-west-1', 'aws-us-gov'],
    ] as const) {
      const target = sandboxTarget('http://127.0.0.1:1', { region })
      for (const role of Object.values(spec.roles)) {
        const document = policyDocument({ spec, target }, role)
        expect(document).not.toContain('arn:aws:')
        if (role.statements.length > 0) expect(document).toContain(`arn:${partition}:`)
      }
      expect(inPartition('arn:aws:iam::aws:policy/P', region)).toBe(`arn:${partition}:iam::aws:policy/P`)
    }
  })

  it('is in the name by which EMR assumes its role in China, and in no other', () => {
    expect(servicePrincipal('elasticmapreduce.amazonaws.com', 'cn-north-1')).toBe('elasticmapreduce.amazonaws.com.cn')
    expect(servicePrincipal('elasticmapreduce.amazonaws.com', 'us-gov-west-1')).toBe('elasticmapreduce.amazonaws.com')
    expect(servicePrincipal('ec2.amazonaws.com', 'cn-north-1')).toBe('ec2.amazonaws.com')
  })
})

it('a role may decrypt with the key behind an alias, which is no resource of a policy itself', async () => {
  const spec = await foodDelivery()
  const document = JSON.parse(
    policyDocument({ spec, target: sandboxTarget('http://127.0.0.1:1') }, spec.roles.emrInstances),
  )
  expect(document.Statement).toContainEqual({
    Sid: 'DecryptStream',
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Resource: ['arn:aws:kms:us-east-1:000000000000:key/*'],
    Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/aws/kinesis' } },
  })
})
