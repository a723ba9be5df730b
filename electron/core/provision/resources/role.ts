import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import { bucketName, type Pipeline } from '../../../../shared/pipelines/pipeline.ts'
import { PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import { isNotFound } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { inPartition, servicePrincipal } from '../../targets/partition.ts'
import { type Difference, type Members, NOT_SET, type Resource } from '../resource.ts'

type Role = Pipeline['roles'][keyof Pipeline['roles']]
const POLICY = 'sluice'

/** A role's inline policy, its places filled in: least privilege, as the spec says for each statement why. */
export function policyDocument({ spec, target }: Pick<PipelineContext, 'spec' | 'target'>, role: Role): string {
  const places: Record<string, string> = {
    account: target.account,
    region: target.region,
    stream: spec.source.stream,
    warehouse: target.warehouse.clusterIdentifier,
    database: target.warehouse.database,
    dbUser: target.warehouse.dbUser,
    ...Object.fromEntries(
      Object.entries(spec.buckets).map(([name, bucket]) => [`bucket:${name}`, bucketName(bucket, target)]),
    ),
  }
  const fill = (text: string) =>
    text.replace(/\{([^}]+)\}/g, (_, name: string) => {
      const value = places[name]
      if (value === undefined)
        throw new Error(`The role ${role.name} names {${name}}, which is none of: ${Object.keys(places).join(', ')}`)
      return value
    })
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: role.statements.map(({ sid, actions, resources, condition }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: actions,
      Resource: resources.map(resource => inPartition(fill(resource), target.region)),
      ...(condition && { Condition: condition }),
    })),
  })
}

const trustDocument = (role: Role, account: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: role.service },
        Action: 'sts:AssumeRole',
        ...(role.sourceAccount && { Condition: { StringEquals: { 'aws:SourceAccount': account } } }),
      },
    ],
  })

/** IAM gives documents back percent-encoded; normalized they compare as text. */
const spelled = (document: string | undefined): string =>
  document === undefined ? '' : JSON.stringify(JSON.parse(decodeURIComponent(document)))

/**
 * EMR's default roles belong to all clusters of an account (Management Guide, "Configure IAM service roles"): a spec
 * may name them, and then they are used as they are.
 */
const SHARED = new Set(['EMR_DefaultRole', 'EMR_EC2_DefaultRole', 'EMR_AutoScaling_DefaultRole'])

/** Why a role, or the instance profile of its name, is neither changed nor removed. */
export const sharedBy = (name: string): string | undefined =>
  SHARED.has(name) ? 'clusters of others in this account may use it' : undefined

/** As it is in the target's partition. */
const placed = (role: Role, region: string): Role => ({
  ...role,
  service: servicePrincipal(role.service, region),
  managedPolicies: role.managedPolicies.map(arn => inPartition(arn, region)),
})

export function roleResource(context: PipelineContext, inSpec: Role): Resource {
  const role = placed(inSpec, context.target.region)
  const shared = sharedBy(role.name)
  const RoleName = role.name
  const must: Must = {
    description: role.description,
    trust: trustDocument(role, context.target.account),
    ...(role.statements.length > 0 && { policy: policyDocument(context, role) }),
    managedPolicies: listed(role.managedPolicies),
    [PIPELINE_TAG]: context.spec.id,
  }
  const wanted: Wanted = { role, must, pipeline: context.spec.id }
  const managed = ({ is }: Difference) => compared(role.managedPolicies, is.split(', ').filter(isArn))
  return {
    id: `role:${RoleName}`,
    kind: 'role',
    name: RoleName,
    dependsOn: [],
    must: shared ? {} : must,
    ...(shared && { shared }),
    permissions: {
      read: ['iam:GetRole', ...(must.policy ? ['iam:GetRolePolicy'] : []), 'iam:ListAttachedRolePolicies'],
      create: [
        'iam:CreateRole',
        ...(must.policy ? ['iam:PutRolePolicy'] : []),
        ...(role.managedPolicies.length > 0 ? ['iam:ListAttachedRolePolicies', 'iam:AttachRolePolicy'] : []),
        'iam:TagRole',
      ],
      change: differences =>
        differences.flatMap(entry => {
          if (entry.member !== 'managedPolicies') return CHANGING[entry.member] ?? 'iam:TagRole'
          const { missing, surplus } = managed(entry)
          return [
            'iam:ListAttachedRolePolicies',
            ...(missing.length > 0 ? ['iam:AttachRolePolicy'] : []),
            ...(surplus.length > 0 ? ['iam:DetachRolePolicy'] : []),
          ]
        }),
      destroy: [
        'iam:ListAttachedRolePolicies',
        'iam:DetachRolePolicy',
        'iam:ListRolePolicies',
        'iam:DeleteRolePolicy',
        'iam:DeleteRole',
      ],
    },
    read: signal => readRole(context, wanted, signal),
    async remedy(differences) {
      const surplus = differences.flatMap(entry => (entry.member === 'managedPolicies' ? managed(entry).surplus : []))
      const effects = surplus.map(arn => `Users of ${RoleName} lose what ${policyName(arn)} allows.`)
      return { action: 'change', effects }
    },
    async *create(signal) {
      const made = { RoleName, AssumeRolePolicyDocument: must.trust, Description: role.description }
      await context.aws.iam.send(new CreateRoleCommand(made), { abortSignal: signal })
      yield* writePolicies(context, wanted, Object.keys(must), signal)
    },
    change: (differing, signal) => changeRole(context, wanted, differing, signal),
    destroy: signal => destroyRole(context, RoleName, signal),
  }
}

/** The members of the role as it must be; `policy` only where the spec has statements. */
type Must = Members & { trust: string; policy?: string }

interface Wanted {
  role: Role
  must: Must
  pipeline: string
}

async function readRole(
  context: PipelineContext,
  { role, must }: Wanted,
  signal: AbortSignal,
): Promise<Members | undefined> {
  const RoleName = role.name
  try {
    const { Role: found } = await context.aws.iam.send(new GetRoleCommand({ RoleName }), { abortSignal: signal })
    const [policy, policies] = await Promise.all([
      must.policy === undefined ? undefined : readInlinePolicy(context, RoleName, signal),
      attachedPolicies(context, RoleName, signal),
    ])
    return {
      description: found?.Description ?? '',
      trust: spelled(found?.AssumeRolePolicyDocument),
      policy: spelled(policy),
      managedPolicies: listed(policies),
      [PIPELINE_TAG]: found?.Tags?.find(tag => tag.Key === PIPELINE_TAG)?.Value ?? NOT_SET,
    }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Writes the inline policy, attaches and detaches managed ones, and tags the role. */
async function* writePolicies(
  context: PipelineContext,
  { role, must, pipeline }: Wanted,
  members: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const abortSignal = signal
  const { iam } = context.aws
  const RoleName = role.name
  if (members.includes('policy')) {
    yield `writing ${role.statements.length} statements`
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY, PolicyDocument: must.policy }), {
      abortSignal,
    })
  }
  if (members.includes('managedPolicies')) {
    const there = await attachedPolicies(context, RoleName, signal)
    const { missing, surplus } = compared(role.managedPolicies, there)
    for (const PolicyArn of missing) {
      yield `attaching ${PolicyArn}`
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }), { abortSignal })
    }
    for (const PolicyArn of surplus) {
      yield `detaching ${PolicyArn}`
      await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }), { abortSignal })
    }
  }
  if (members.includes(PIPELINE_TAG)) {
    const Tags = [{ Key: PIPELINE_TAG, Value: pipeline }]
    await iam.send(new TagRoleCommand({ RoleName, Tags }), { abortSignal })
  }
}

async function* changeRole(
  context: PipelineContext,
  wanted: Wanted,
  differing: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const abortSignal = signal
  const { iam } = context.aws
  const { role, must } = wanted
  const RoleName = role.name
  if (differing.includes('description')) {
    yield 'writing its description'
    const { Role: found } = await iam.send(new GetRoleCommand({ RoleName }), { abortSignal })
    // Without a session length, UpdateRole sets it to an hour (API reference).
    const { MaxSessionDuration } = found ?? {}
    const description = { RoleName, Description: role.description, MaxSessionDuration }
    await iam.send(new UpdateRoleCommand(description), { abortSignal })
  }
  if (differing.includes('trust')) {
    yield 'writing who may assume it'
    const trust = { RoleName, PolicyDocument: must.trust }
    await iam.send(new UpdateAssumeRolePolicyCommand(trust), { abortSignal })
  }
  yield* writePolicies(context, wanted, differing, signal)
}

async function* destroyRole(context: PipelineContext, RoleName: string, signal: AbortSignal): AsyncGenerator<string> {
  const abortSignal = signal
  const { iam } = context.aws
  for (const PolicyArn of await attachedPolicies(context, RoleName, signal))
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }), { abortSignal })
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }), { abortSignal })
  for (const PolicyName of PolicyNames) {
    yield `removing its policy ${PolicyName}`
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }), { abortSignal })
  }
  await iam.send(new DeleteRoleCommand({ RoleName }), { abortSignal })
}

/** What each member's change calls; the tag is the one that is not here. */
const CHANGING: Record<string, string[]> = {
  description: ['iam:GetRole', 'iam:UpdateRole'],
  trust: ['iam:UpdateAssumeRolePolicy'],
  policy: ['iam:PutRolePolicy'],
}

const listed = (arns: readonly string[]): string => [...arns].sort().join(', ') || NO_POLICIES
const NO_POLICIES = 'none'
const isArn = (text: string): boolean => text !== NO_POLICIES && text !== NOT_SET
const policyName = (arn: string): string => arn.split('/').at(-1) ?? arn

const compared = (wanted: readonly string[], there: readonly string[]) => ({
  missing: wanted.filter(arn => !there.includes(arn)),
  surplus: there.filter(arn => !wanted.includes(arn)),
})

async function attachedPolicies(
  { aws }: PipelineContext,
  RoleName: string,
  abortSignal: AbortSignal,
): Promise<string[]> {
  const arns: string[] = []
  let Marker: string | undefined
  do {
    const page = await aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName, ...(Marker && { Marker }) }), {
      abortSignal,
    })
    arns.push(...(page.AttachedPolicies ?? []).flatMap(policy => policy.PolicyArn ?? []))
    Marker = page.IsTruncated ? page.Marker : undefined
  } while (Marker)
  return arns
}

async function readInlinePolicy(
  { aws }: PipelineContext,
  RoleName: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await aws.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: POLICY }), { abortSignal }))
      .PolicyDocument
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
