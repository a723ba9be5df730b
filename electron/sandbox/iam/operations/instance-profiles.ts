import type { QueryInput, QueryOperation } from '../../server/query-protocol.ts'
import type { InstanceProfile } from '../entities.ts'
import { mergeTags, nameOf, pageOf, pathOf, tagsOf } from '../parameters.ts'
import { instanceProfileShape } from '../shapes.ts'
import {
  alreadyExists,
  deleteConflict,
  findInstanceProfile,
  findRole,
  type IamState,
  limitExceeded,
  noSuchEntity,
  sameName,
  uniqueId,
} from '../state.ts'

/** Default quota of an account (IAM User Guide, IAM and STS quotas). */
const MAX_INSTANCE_PROFILES = 1_000

const profileName = (input: QueryInput): string => nameOf(input, 'InstanceProfileName', 128)

export const createInstanceProfile: QueryOperation<IamState> = {
  name: 'CreateInstanceProfile',
  run(state, input) {
    const profile: InstanceProfile = {
      name: profileName(input),
      path: pathOf(input),
      id: uniqueId('AIPA'),
      createdMs: state.now(),
      tags: mergeTags([], tagsOf(input)),
    }
    if (state.instanceProfiles.some(other => sameName(other.name, profile.name))) {
      throw alreadyExists(`Instance Profile ${profile.name} already exists.`)
    }
    if (state.instanceProfiles.length >= MAX_INSTANCE_PROFILES) {
      throw limitExceeded('InstanceProfilesPerAccount', MAX_INSTANCE_PROFILES)
    }
    state.instanceProfiles.push(profile)
    state.save()
    return { InstanceProfile: instanceProfileShape(state, profile) }
  },
}

export const getInstanceProfile: QueryOperation<IamState> = {
  name: 'GetInstanceProfile',
  run: (state, input) => ({
    InstanceProfile: instanceProfileShape(state, findInstanceProfile(state, profileName(input))),
  }),
}

/** A profile holds one role. */
export const addRoleToInstanceProfile: QueryOperation<IamState> = {
  name: 'AddRoleToInstanceProfile',
  run(state, input) {
    const profile = findInstanceProfile(state, profileName(input))
    const role = findRole(state, nameOf(input, 'RoleName', 64))
    if (profile.roleName !== undefined) throw limitExceeded('InstanceSessionsPerInstanceProfile', 1)
    profile.roleName = role.name
    state.save()
    return undefined
  },
}

export const removeRoleFromInstanceProfile: QueryOperation<IamState> = {
  name: 'RemoveRoleFromInstanceProfile',
  run(state, input) {
    const profile = findInstanceProfile(state, profileName(input))
    const { name } = findRole(state, nameOf(input, 'RoleName', 64))
    if (profile.roleName !== name) {
      throw noSuchEntity(`Role ${name} is not in the instance profile ${profile.name}.`)
    }
    delete profile.roleName
    state.save()
    return undefined
  },
}

export const deleteInstanceProfile: QueryOperation<IamState> = {
  name: 'DeleteInstanceProfile',
  run(state, input) {
    const profile = findInstanceProfile(state, profileName(input))
    if (profile.roleName !== undefined) {
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    }
    state.instanceProfiles.splice(state.instanceProfiles.indexOf(profile), 1)
    state.save()
    return undefined
  },
}

export const listInstanceProfilesForRole: QueryOperation<IamState> = {
  name: 'ListInstanceProfilesForRole',
  run(state, input) {
    const { name } = findRole(state, nameOf(input, 'RoleName', 64))
    const profiles = state.instanceProfiles.filter(profile => profile.roleName === name)
    const { items, end } = pageOf(input, profiles, profile => profile.name)
    return { InstanceProfiles: items.map(profile => instanceProfileShape(state, profile)), ...end }
  },
}
