import type { QueryOperation } from '../../server/query-protocol.ts'
import { pageOf, roleName } from '../parameters.ts'
import { instanceProfileShape } from '../shapes.ts'
import { findRole, type IamState } from '../state.ts'

export const listInstanceProfilesForRole: QueryOperation<IamState> = {
  name: 'ListInstanceProfilesForRole',
  run(state, input) {
    const { name } = findRole(state, roleName(input))
    const profiles = state.instanceProfiles.filter(profile => profile.roleName === name)
    const { items, end } = pageOf(input, profiles, profile => profile.name)
    return { InstanceProfiles: items.map(profile => instanceProfileShape(state, profile)), ...end }
  },
}
