import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import { describe, expect, it } from 'vitest'
import { all, applied } from '../../../fixture/open-core.ts'
import { converges, core, PIPELINE_TAG, pipeline, provisionOnce, RoleName, toDo } from './provisioned.ts'

const READ_ONLY = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'

provisionOnce()

describe('a plan converges after a change of roles by hand', () => {
  it('a managed policy was attached to a role: it is detached', async () => {
    const { iam } = pipeline.aws
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: READ_ONLY }))
    await converges({
      id: `role:${RoleName}`,
      action: 'change',
      differences: [{ member: 'managedPolicies', is: READ_ONLY, must: 'none' }],
      permissions: ['iam:ListAttachedRolePolicies', 'iam:DetachRolePolicy'],
      effects: [`Users of ${RoleName} lose what AmazonS3ReadOnlyAccess allows.`],
    })
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
    expect(AttachedPolicies).toEqual([])
  })

  it('one managed policy of a role was exchanged for another: one is attached, the other detached', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonElasticMapReduceRole'
    const { iam } = pipeline.aws
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'food-delivery-emr', PolicyArn }))
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'food-delivery-emr', PolicyArn: READ_ONLY }))
    await converges({
      action: 'change',
      permissions: ['iam:ListAttachedRolePolicies', 'iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
    })
  })

  it('a role that lost its tag, description and policy has each written again, with its own permission', async () => {
    const { iam } = pipeline.aws
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: [PIPELINE_TAG] }))
    await iam.send(new UpdateRoleCommand({ RoleName, Description: 'mine', MaxSessionDuration: 7_200 }))
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    })
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'sluice', PolicyDocument }))
    await converges({ permissions: ['iam:GetRole', 'iam:UpdateRole', 'iam:PutRolePolicy', 'iam:TagRole'] })
  })

  it('a role lost its policy, one of its managed policies and whom it trusts: each is as before', async () => {
    const { iam } = pipeline.aws
    const EMR_ROLE = 'food-delivery-emr'
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'sluice' }))
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    })
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    expect(await toDo()).toMatchObject([
      { id: `role:${RoleName}`, permissions: ['iam:UpdateAssumeRolePolicy', 'iam:PutRolePolicy'], effects: [] },
    ])
    await all(applied(core))
    const [PolicyArn] =
      (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: EMR_ROLE }))).AttachedPolicies?.map(
        policy => policy.PolicyArn,
      ) ?? []
    await iam.send(new DetachRolePolicyCommand({ RoleName: EMR_ROLE, PolicyArn }))
    await converges({
      id: `role:${EMR_ROLE}`,
      differences: [{ member: 'managedPolicies', is: 'none', must: PolicyArn ?? '' }],
      permissions: ['iam:ListAttachedRolePolicies', 'iam:AttachRolePolicy'],
    })
  })

  it('the instance profile holds another role: that one is taken out first', async () => {
    const { iam } = pipeline.aws
    const InstanceProfileName = 'food-delivery-emr-instances'
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: InstanceProfileName }))
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
    await converges({
      kind: 'instance-profile',
      permissions: [
        'iam:GetInstanceProfile',
        'iam:RemoveRoleFromInstanceProfile',
        'iam:AddRoleToInstanceProfile',
        'iam:PassRole',
      ],
    })
  })
})
