import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { bucketName, type Pipeline } from '../../../../shared/pipelines/pipeline.ts'
import { PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import { isNotFound, toAppError } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { Resource } from '../resource.ts'

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
    Statement: role.statements.map(({ sid, actions, resources }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: actions,
      Resource: resources.map(fill),
    })),
  })
}

const trustDocument = (role: Role): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: role.service }, Action: 'sts:AssumeRole' }],
  })

/** IAM gives documents back percent-encoded; spelled anew they compare as text. */
const spelled = (document: string | undefined): string =>
  document === undefined ? '' : JSON.stringify(JSON.parse(decodeURIComponent(document)))

export function roleResource(context: PipelineContext, role: Role): Resource {
  const { iam } = context.aws
  const RoleName = role.name
  const hasPolicy = role.statements.length > 0
  const must = {
    trust: trustDocument(role),
    ...(hasPolicy && { policy: policyDocument(context, role) }),
    managedPolicies: [...role.managedPolicies].sort().join(', '),
  }

  async function* bringTo(signal: AbortSignal): AsyncGenerator<string> {
    const abortSignal = signal
    if (hasPolicy) {
      yield `writing ${role.statements.length} statements`
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY, PolicyDocument: must.policy }), {
        abortSignal,
      })
    }
    for (const PolicyArn of role.managedPolicies)
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }), { abortSignal })
    await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: PIPELINE_TAG, Value: context.spec.id }] }), {
      abortSignal,
    })
  }

  const writing = [
    ...(hasPolicy ? ['iam:PutRolePolicy'] : []),
    ...(role.managedPolicies.length > 0 ? ['iam:AttachRolePolicy'] : []),
    'iam:TagRole',
  ]
  return {
    id: `role:${RoleName}`,
    kind: 'role',
    name: RoleName,
    dependsOn: [],
    must,
    permissions: {
      create: ['iam:CreateRole', ...writing],
      change: ['iam:UpdateAssumeRolePolicy', ...writing],
      destroy: ['iam:ListAttachedRolePolicies', 'iam:DetachRolePolicy', 'iam:DeleteRolePolicy', 'iam:DeleteRole'],
    },
    async read(signal) {
      const abortSignal = signal
      try {
        const { Role: found } = await iam.send(new GetRoleCommand({ RoleName }), { abortSignal })
        const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }), {
          abortSignal,
        })
        const policy = await readInlinePolicy(context, RoleName, signal)
        return {
          trust: spelled(found?.AssumeRolePolicyDocument),
          policy: spelled(policy),
          managedPolicies: AttachedPolicies.map(entry => entry.PolicyArn ?? '')
            .sort()
            .join(', '),
        }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    async *create(signal) {
      await iam.send(
        new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: must.trust, Description: role.description }),
        {
          abortSignal: signal,
        },
      )
      yield* bringTo(signal)
    },
    async *change(differing, signal) {
      if (differing.includes('trust')) {
        yield 'writing who may assume it'
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: must.trust }), {
          abortSignal: signal,
        })
      }
      yield* bringTo(signal)
    },
    async *destroy(signal) {
      const abortSignal = signal
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }), {
        abortSignal,
      })
      for (const { PolicyArn } of AttachedPolicies)
        await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }), { abortSignal })
      if ((await readInlinePolicy(context, RoleName, signal)) !== undefined) {
        yield 'removing its policy'
        await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: POLICY }), { abortSignal })
      }
      await iam.send(new DeleteRoleCommand({ RoleName }), { abortSignal })
    },
  }
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

/** The profile by which the instances of a cluster get their role; of the same name, as EMR's console makes it. */
export function instanceProfileResource({ aws, spec }: PipelineContext): Resource {
  const { iam } = aws
  const name = spec.roles.emrInstances.name
  const InstanceProfileName = name

  async function* addRole(signal: AbortSignal): AsyncGenerator<string> {
    yield `adding the role ${name}`
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: name }), {
      abortSignal: signal,
    })
  }
  return {
    id: `instance-profile:${name}`,
    kind: 'instance-profile',
    name,
    dependsOn: [`role:${name}`],
    must: { role: name },
    permissions: {
      create: ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile', 'iam:PassRole'],
      change: ['iam:AddRoleToInstanceProfile', 'iam:PassRole'],
      destroy: ['iam:RemoveRoleFromInstanceProfile', 'iam:DeleteInstanceProfile'],
    },
    async read(signal) {
      try {
        const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }), {
          abortSignal: signal,
        })
        return { role: InstanceProfile?.Roles?.[0]?.RoleName ?? 'none' }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    async *create(signal) {
      await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }), { abortSignal: signal })
      yield* addRole(signal)
    },
    change: (_, signal) => addRole(signal),
    async *destroy(signal) {
      try {
        yield 'taking the role out'
        await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: name }), {
          abortSignal: signal,
        })
      } catch (error) {
        if (toAppError(error).code !== 'not_found') throw error
      }
      await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }), { abortSignal: signal })
    },
  }
}
