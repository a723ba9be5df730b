import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openIam } from '../../../electron/sandbox/iam/iam.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

const ACCOUNT = '000000000000'
const NOW = Date.parse('2026-11-21T10:00:00Z')
const trust = (service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  })
const TRUST = trust('elasticmapreduce.amazonaws.com')
const allow = (action: string, resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: resource } })

let dir: string
let served: Awaited<ReturnType<typeof serveServices>>
let iam: IAMClient

async function open(): Promise<void> {
  served = await serveServices([await openIam({ dir, account: ACCOUNT, now: () => NOW })])
  iam = new IAMClient({ endpoint: served.endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 })
}
async function close(): Promise<void> {
  iam.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
}
const createRole = (RoleName = 'emr') => iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }))

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-iam-'))
  await open()
})
afterEach(async () => {
  await close()
  await rm(dir, { recursive: true, force: true })
})

describe('roles', () => {
  it('have an ARN with their path, an AROA id, and their trust policy percent-encoded', async () => {
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: 'emr-service',
        Path: '/pipelines/',
        Description: 'Runs <steps> & "logs"',
        AssumeRolePolicyDocument: TRUST,
        MaxSessionDuration: 7200,
        Tags: [{ Key: 'sluice:pipeline', Value: 'food-delivery' }],
      }),
    )
    expect(Role).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:role/pipelines/emr-service`,
      RoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}$/),
      CreateDate: new Date(NOW),
      Description: 'Runs <steps> & "logs"',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'sluice:pipeline', Value: 'food-delivery' }],
    })
    expect(Role?.AssumeRolePolicyDocument).toMatch(/^%7B%22Version%22%3A%222012-10-17%22/)
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(TRUST)
    expect((await iam.send(new GetRoleCommand({ RoleName: 'emr-service' }))).Role).toEqual({
      ...Role,
      RoleLastUsed: {},
    })
  })

  it('are not made twice, also not in other letters', async () => {
    await createRole('emr')
    await expect(createRole('EMR')).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: 'Role with name EMR already exists.',
      $metadata: { httpStatusCode: 409 },
    })
  })

  it('that are not there are NoSuchEntity', async () => {
    await expect(iam.send(new GetRoleCommand({ RoleName: 'nobody' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role with name nobody cannot be found.',
      $metadata: { httpStatusCode: 404 },
    })
  })

  it('refuse names of other characters, and trust policies that are none', async () => {
    await expect(createRole('with space')).rejects.toMatchObject({ name: 'ValidationError' })
    const make = (AssumeRolePolicyDocument: string) =>
      iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument }))
    await expect(make('{"Version":')).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: 'This policy contains invalid Json',
    })
    await expect(make(allow('sts:AssumeRole'))).rejects.toMatchObject({ message: 'Has prohibited field Resource' })
    await expect(make(TRUST.replace('sts:AssumeRole', 's3:GetObject'))).rejects.toMatchObject({
      message: 'AssumeRole policy may only specify STS AssumeRole actions.',
    })
    await expect(make(TRUST.replace('amazonaws.com', `amazonaws.com${'x'.repeat(2048)}`))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for ACLSizePerRole: 2048',
    })
  })

  it('are listed by path in pages', async () => {
    for (const name of ['c', 'a', 'b']) await createRole(name)
    await iam.send(new CreateRoleCommand({ RoleName: 'z', Path: '/other/', AssumeRolePolicyDocument: TRUST }))
    const first = await iam.send(new ListRolesCommand({ MaxItems: 2 }))
    expect(first.Roles?.map(role => role.RoleName)).toEqual(['a', 'b'])
    expect(first.IsTruncated).toBe(true)
    const second = await iam.send(new ListRolesCommand({ MaxItems: 2, Marker: first.Marker }))
    expect(second.Roles?.map(role => role.RoleName)).toEqual(['c', 'z'])
    expect(second.IsTruncated).toBe(false)
    const other = await iam.send(new ListRolesCommand({ PathPrefix: '/other/' }))
    expect(other.Roles?.map(role => role.RoleName)).toEqual(['z'])
  })

  it('take a new trust policy and tags', async () => {
    await createRole()
    const changed = trust('ec2.amazonaws.com')
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'emr', PolicyDocument: changed }))
    await iam.send(
      new TagRoleCommand({
        RoleName: 'emr',
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '' },
        ],
      }),
    )
    await iam.send(new TagRoleCommand({ RoleName: 'emr', Tags: [{ Key: 'a', Value: '2' }] }))
    expect((await iam.send(new ListRoleTagsCommand({ RoleName: 'emr' }))).Tags).toEqual([
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '' },
    ])
    await iam.send(new UntagRoleCommand({ RoleName: 'emr', TagKeys: ['b', 'never'] }))
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'emr' }))
    expect(Role?.Tags).toEqual([{ Key: 'a', Value: '2' }])
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(changed)
  })
})

describe('policies', () => {
  const bucket = allow('s3:GetObject', 'arn:aws:s3:::bucket/dims/*')

  it('in a role come back percent-encoded as they were put, and keep the role from being deleted', async () => {
    await createRole()
    await iam.send(new PutRolePolicyCommand({ RoleName: 'emr', PolicyName: 'read', PolicyDocument: bucket }))
    const got = await iam.send(new GetRolePolicyCommand({ RoleName: 'emr', PolicyName: 'read' }))
    expect(got.PolicyDocument).not.toContain('*')
    expect(decodeURIComponent(got.PolicyDocument ?? '')).toBe(bucket)
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: 'emr' }))).PolicyNames).toEqual(['read'])
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'emr' }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must delete policies first.',
    })
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'emr', PolicyName: 'read' }))
    await expect(iam.send(new GetRolePolicyCommand({ RoleName: 'emr', PolicyName: 'read' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role policy with name read cannot be found.',
    })
    await iam.send(new DeleteRoleCommand({ RoleName: 'emr' }))
    await expect(iam.send(new GetRoleCommand({ RoleName: 'emr' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    })
  })

  it.each([
    ['no resource', '{"Statement":{"Effect":"Allow","Action":"s3:*"}}', 'Policy statement must contain resources.'],
    ['no vendor', allow('GetObject'), 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'],
    ['a principal', TRUST, 'Policy document should not specify a principal.'],
    ['a resource that is no ARN', allow('s3:*', 'bucket'), 'Resource bucket must be in ARN format or "*".'],
    ['an unknown member', '{"Statement":[],"x":1}', 'Syntax errors in policy.'],
  ])('with %s are malformed', async (_what, PolicyDocument, message) => {
    await createRole()
    await expect(
      iam.send(new PutRolePolicyCommand({ RoleName: 'emr', PolicyName: 'p', PolicyDocument })),
    ).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message,
    })
  })

  it('in a role have 10,240 characters together, white space not counted', async () => {
    await createRole()
    const put = (PolicyName: string, PolicyDocument: string) =>
      iam.send(new PutRolePolicyCommand({ RoleName: 'emr', PolicyName, PolicyDocument }))
    const long = allow('s3:GetObject', `arn:aws:s3:::b/${'k'.repeat(6_000)}`)
    await put('a', long.replace('{', `{${' '.repeat(9_000)}`))
    await expect(put('b', long)).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Maximum policy size of 10240 bytes exceeded for role emr',
    })
    await put('a', bucket)
    await put('b', long)
  })

  it('of the account are attached, and not deleted while they are', async () => {
    await createRole()
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'read-dims', PolicyDocument: bucket, Description: 'dims' }),
    )
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/read-dims`
    expect(Policy).toMatchObject({ Arn: PolicyArn, PolicyId: expect.stringMatching(/^ANPA/), AttachmentCount: 0 })
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'emr', PolicyArn }))
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'emr', PolicyArn }))
    expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'emr' }))).AttachedPolicies).toEqual([
      { PolicyName: 'read-dims', PolicyArn },
    ])
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
      AttachmentCount: 1,
      Description: 'dims',
    })
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
    expect(decodeURIComponent(version.PolicyVersion?.Document ?? '')).toBe(bucket)
    expect((await iam.send(new ListPoliciesCommand({ Scope: 'Local', OnlyAttached: true }))).Policies).toHaveLength(1)
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    })
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'emr' }))).rejects.toMatchObject({
      message: 'Cannot delete entity, must detach all policies first.',
    })
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'emr', PolicyArn }))
    await iam.send(new DeletePolicyCommand({ PolicyArn }))
    await expect(iam.send(new GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })

  it('of AWS can be attached, ten to a role, and unknown ones cannot', async () => {
    await createRole()
    const attach = (PolicyArn: string) => iam.send(new AttachRolePolicyCommand({ RoleName: 'emr', PolicyArn }))
    await attach('arn:aws:iam::aws:policy/service-role/AmazonElasticMapReduceRole')
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonElasticMapReduceRole'
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
      PolicyName: 'AmazonElasticMapReduceRole',
      Path: '/service-role/',
      AttachmentCount: 1,
      DefaultVersionId: 'v1',
    })
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
    expect(JSON.parse(decodeURIComponent(version.PolicyVersion?.Document ?? ''))).toMatchObject({ Statement: [] })
    for (let index = 1; index < 10; index++) await attach(`arn:aws:iam::aws:policy/P${index}`)
    await expect(attach('arn:aws:iam::aws:policy/P10')).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for PoliciesPerRole: 10',
    })
    await expect(attach(`arn:aws:iam::${ACCOUNT}:policy/none`)).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })
})

describe('instance profiles', () => {
  it('hold one role, which keeps both from being deleted', async () => {
    await createRole('ec2')
    const InstanceProfileName = 'EMR_EC2_DefaultRole'
    const { InstanceProfile } = await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }))
    expect(InstanceProfile).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/${InstanceProfileName}`,
      InstanceProfileId: expect.stringMatching(/^AIPA/),
      Roles: [],
    })
    const add = () => iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'ec2' }))
    await add()
    await expect(add()).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
    })
    const got = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))
    expect(got.InstanceProfile?.Roles?.map(role => role.RoleName)).toEqual(['ec2'])
    const of = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'ec2' }))
    expect(of.InstanceProfiles?.map(profile => profile.InstanceProfileName)).toEqual([InstanceProfileName])
    const message = 'Cannot delete entity, must remove roles from instance profile first.'
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'ec2' }))).rejects.toMatchObject({ message })
    await expect(iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }))).rejects.toMatchObject({ message })
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: 'ec2' }))
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }))
    await iam.send(new DeleteRoleCommand({ RoleName: 'ec2' }))
    await expect(iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    })
  })
})

describe('IAM', () => {
  it('keeps what was answered over a restart, whole', async () => {
    await createRole()
    await iam.send(new PutRolePolicyCommand({ RoleName: 'emr', PolicyName: 'p', PolicyDocument: allow('s3:*') }))
    const before = await iam.send(new GetRoleCommand({ RoleName: 'emr' }))
    await close()
    await open()
    const after = await iam.send(new GetRoleCommand({ RoleName: 'emr' }))
    expect(after.Role).toEqual(before.Role)
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: 'emr' }))).PolicyNames).toEqual(['p'])
  })

  it('says who asks', async () => {
    expect((await iam.send(new GetUserCommand({}))).User?.Arn).toBe(`arn:aws:iam::${ACCOUNT}:root`)
    await expect(iam.send(new GetUserCommand({ UserName: 'ann' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    })
  })
})
