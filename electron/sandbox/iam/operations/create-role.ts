import { type QueryOperation, required } from '../../server/query-protocol.ts'
import type { Role } from '../entities.ts'
import { mergeTags, pathOf, roleName, tagsOf } from '../parameters.ts'
import { descriptionOf, maxSession, trustPolicy } from '../role-input.ts'
import { fullRoleShape } from '../shapes.ts'
import { alreadyExists, type IamState, limitExceeded, sameName, uniqueId } from '../state.ts'

/** Default quotas of an account (IAM User Guide, IAM and STS quotas). */
const MAX_ROLES = 1_000

export const createRole: QueryOperation<IamState> = {
  name: 'CreateRole',
  run(state, input) {
    const role: Role = {
      name: roleName(input),
      path: pathOf(input),
      id: uniqueId('AROA'),
      createdMs: state.now(),
      trustPolicy: trustPolicy(input, 'AssumeRolePolicyDocument'),
      description: descriptionOf(input),
      maxSessionSeconds: maxSession(input) ?? 3_600,
      ...(input.has('PermissionsBoundary') && { permissionsBoundary: required(input, 'PermissionsBoundary') }),
      tags: mergeTags([], tagsOf(input)),
      inlinePolicies: {},
      attachedPolicies: [],
    }
    if (state.roles.some(other => sameName(other.name, role.name))) {
      throw alreadyExists(`Role with name ${role.name} already exists.`)
    }
    if (state.roles.length >= MAX_ROLES) throw limitExceeded('RolesPerAccount', MAX_ROLES)
    state.roles.push(role)
    state.save()
    return { Role: fullRoleShape(state, role) }
  },
}
