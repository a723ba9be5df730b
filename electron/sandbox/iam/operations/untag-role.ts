import { memberList, type QueryOperation } from '../../server/query-protocol.ts'
import { roleName } from '../parameters.ts'
import { findRole, type IamState } from '../state.ts'

/** A key that the role does not have is no error. */
export const untagRole: QueryOperation<IamState> = {
  name: 'UntagRole',
  run(state, input) {
    const role = findRole(state, roleName(input))
    const keys = new Set(memberList(input, 'TagKeys').map(key => key.toLowerCase()))
    role.tags = role.tags.filter(tag => !keys.has(tag.Key.toLowerCase()))
    state.save()
    return undefined
  },
}
