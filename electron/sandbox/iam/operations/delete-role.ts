import type { QueryOperation } from '../../server/query-protocol.ts'
import { roleName } from '../parameters.ts'
import { deleteConflict, findRole, type IamState } from '../state.ts'

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
