import type { QueryOperation } from '../../server/query-protocol.ts'
import { pageOf, roleName } from '../parameters.ts'
import { findRole, type IamState } from '../state.ts'

export const listRoleTags: QueryOperation<IamState> = {
  name: 'ListRoleTags',
  run(state, input) {
    const { items, end } = pageOf(input, findRole(state, roleName(input)).tags, tag => tag.Key)
    return { Tags: items, ...end }
  },
}
