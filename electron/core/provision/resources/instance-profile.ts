import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  DeleteInstanceProfileCommand,
  GetInstanceProfileCommand,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam'
import { isNotFound } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { Resource } from '../resource.ts'
import { sharedBy } from './role.ts'

const NONE = 'none'

/** The profile by which the instances of a cluster get their role; of the same name, as EMR's console makes it. */
export function instanceProfileResource({ aws, spec }: PipelineContext): Resource {
  const { iam } = aws
  const name = spec.roles.emrInstances.name
  const InstanceProfileName = name
  const shared = sharedBy(name)

  /** A profile holds one role (API reference, AddRoleToInstanceProfile). */
  async function roleNow(abortSignal: AbortSignal): Promise<string> {
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }), { abortSignal })
    return InstanceProfile?.Roles?.[0]?.RoleName ?? NONE
  }
  async function* takeOut(RoleName: string, abortSignal: AbortSignal): AsyncGenerator<string> {
    if (RoleName === NONE) return
    yield `taking the role ${RoleName} out`
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }), { abortSignal })
  }
  async function* addRole(abortSignal: AbortSignal): AsyncGenerator<string> {
    yield `adding the role ${name}`
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: name }), { abortSignal })
  }
  return {
    id: `instance-profile:${name}`,
    kind: 'instance-profile',
    name,
    dependsOn: [`role:${name}`],
    must: shared ? {} : { role: name },
    ...(shared && { shared }),
    permissions: {
      read: ['iam:GetInstanceProfile'],
      create: ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile', 'iam:PassRole'],
      change: ([role]) => [
        'iam:GetInstanceProfile',
        ...(role?.is === NONE ? [] : ['iam:RemoveRoleFromInstanceProfile']),
        'iam:AddRoleToInstanceProfile',
        'iam:PassRole',
      ],
      destroy: ['iam:GetInstanceProfile', 'iam:RemoveRoleFromInstanceProfile', 'iam:DeleteInstanceProfile'],
    },
    async read(signal) {
      try {
        return { role: await roleNow(signal) }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    async remedy([role]) {
      const other = role && role.is !== NONE ? [`Instances of the profile lose what the role ${role.is} allows.`] : []
      return { action: 'change', effects: other }
    },
    async *create(signal) {
      await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }), { abortSignal: signal })
      yield* addRole(signal)
    },
    async *change(_, signal) {
      yield* takeOut(await roleNow(signal), signal)
      yield* addRole(signal)
    },
    async *destroy(signal) {
      yield* takeOut(await roleNow(signal), signal)
      await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }), { abortSignal: signal })
    },
  }
}
