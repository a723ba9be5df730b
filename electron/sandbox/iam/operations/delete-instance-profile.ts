import type { QueryOperation } from '../../server/query-protocol.ts'
import { instanceProfileName } from '../parameters.ts'
import { deleteConflict, findInstanceProfile, type IamState } from '../state.ts'

export const deleteInstanceProfile: QueryOperation<IamState> = {
  name: 'DeleteInstanceProfile',
  run(state, input) {
    const profile = findInstanceProfile(state, instanceProfileName(input))
    if (profile.roleName !== undefined) {
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    }
    state.instanceProfiles.splice(state.instanceProfiles.indexOf(profile), 1)
    state.save()
    return undefined
  },
}
