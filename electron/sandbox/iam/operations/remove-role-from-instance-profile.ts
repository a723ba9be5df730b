import type { QueryOperation } from '../../server/query-protocol.ts'
import { instanceProfileName, roleName } from '../parameters.ts'
import { findInstanceProfile, findRole, type IamState, noSuchEntity } from '../state.ts'

export const removeRoleFromInstanceProfile: QueryOperation<IamState> = {
  name: 'RemoveRoleFromInstanceProfile',
  run(state, input) {
    const profile = findInstanceProfile(state, instanceProfileName(input))
    const { name } = findRole(state, roleName(input))
    if (profile.roleName !== name) {
      throw noSuchEntity(`Role ${name} is not in the instance profile ${profile.name}.`)
    }
    delete profile.roleName
    state.save()
    return undefined
  },
}
