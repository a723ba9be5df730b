import { type QueryInput, type QueryOperation, required } from '../../server/query-protocol.ts'
import type { Role } from '../entities.ts'
import { mergeTags, nameOf, pageOf, pathOf, tagsOf, validationError } from '../parameters.ts'
import { checkPolicyDocument, documentSize } from '../policy-document.ts'
import { fullRoleShape, roleShape } from '../shapes.ts'
import { alreadyExists, deleteConflict, findRole, type IamState, limitExceeded, sameName, uniqueId } from '../state.ts'

/** Default quotas of an account (IAM User Guide, IAM and STS quotas). */
const MAX_ROLES = 1_000
const MAX_TRUST_POLICY = 2_048

const roleName = (input: QueryInput): string => nameOf(input, 'RoleName', 64)

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

export const getRole: QueryOperation<IamState> = {
  name: 'GetRole',
  run: (state, input) => ({ Role: fullRoleShape(state, findRole(state, roleName(input))) }),
}

export const listRoles: QueryOperation<IamState> = {
  name: 'ListRoles',
  run(state, input) {
    const prefix = input.get('PathPrefix') ?? '/'
    const roles = state.roles.filter(role => role.path.startsWith(prefix))
    const { items, end } = pageOf(input, roles, role => role.name)
    return { Roles: items.map(role => roleShape(state, role)), ...end }
  },
}

/** In AWS's order: what a role still holds is named before it goes. */
export const deleteRole: QueryOperation<IamState> = {
  name: 'DeleteRole',
  run(state, input) {
    const role = findRole(state, roleName(input))
    if (state.instanceProfiles.some(profile => profile.roleName === role.name)) {
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    }
    if (role.attachedPolicies.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.')
    if (Object.keys(role.inlinePolicies).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.')
    }
    state.roles.splice(state.roles.indexOf(role), 1)
    state.save()
    return undefined
  },
}

export const updateAssumeRolePolicy: QueryOperation<IamState> = {
  name: 'UpdateAssumeRolePolicy',
  run(state, input) {
    const role = findRole(state, roleName(input))
    role.trustPolicy = trustPolicy(input, 'PolicyDocument')
    state.save()
    return undefined
  },
}

export const updateRole: QueryOperation<IamState> = {
  name: 'UpdateRole',
  run(state, input) {
    const role = findRole(state, roleName(input))
    const seconds = maxSession(input)
    if (input.has('Description')) role.description = descriptionOf(input)
    if (seconds !== undefined) role.maxSessionSeconds = seconds
    state.save()
    return {}
  },
}

function trustPolicy(input: QueryInput, parameter: string): string {
  const document = required(input, parameter)
  checkPolicyDocument(document, 'trust')
  if (documentSize(document) > MAX_TRUST_POLICY) throw limitExceeded('ACLSizePerRole', MAX_TRUST_POLICY)
  return document
}

function descriptionOf(input: QueryInput): string {
  const description = input.get('Description') ?? ''
  if (description.length > 1_000) {
    throw validationError(
      "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 1000",
    )
  }
  return description
}

function maxSession(input: QueryInput): number | undefined {
  const text = input.get('MaxSessionDuration')
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 3_600 && seconds <= 43_200) return seconds
  throw validationError(
    `1 validation error detected: Value '${text}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
  )
}
