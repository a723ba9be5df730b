import type { QueryOperation } from '../../server/query-protocol.ts'
import { instanceProfileName, roleName } from '../parameters.ts'
import { findInstanceProfile, findRole, type IamState, limitExceeded } from '../state.ts'

/** A profile holds one role. */
export const addRoleToInstanceProfile: QueryOperation<IamState> = {
  name: 'AddRoleToInstanceProfile',
  run(state, input) {
    const profile = findInstanceProfile(state, instanceProfileName(input))
    const role = findRole(state, roleName(input))
    if (profile.roleName !== undefined) throw limitExceeded('InstanceSessionsPerInstanceProfile', 1)
    profile.roleName = role.name
    state.save()
    return undefined
  },
}
