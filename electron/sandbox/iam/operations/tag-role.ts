import type { QueryOperation } from '../../server/query-protocol.ts'
import { mergeTags, roleName, tagsOf } from '../parameters.ts'
import { findRole, type IamState } from '../state.ts'

export const tagRole: QueryOperation<IamState> = {
  name: 'TagRole',
  run(state, input) {
    const role = findRole(state, roleName(input))
    role.tags = mergeTags(role.tags, tagsOf(input))
    state.save()
    return undefined
  },
}
