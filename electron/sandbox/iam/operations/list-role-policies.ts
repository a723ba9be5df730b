import type { QueryOperation } from '../../server/query-protocol.ts'
import { pageOf, roleName } from '../parameters.ts'
import { findRole, type IamState } from '../state.ts'

export const listRolePolicies: QueryOperation<IamState> = {
  name: 'ListRolePolicies',
  run(state, input) {
    const role = findRole(state, roleName(input))
    const { items, end } = pageOf(input, Object.keys(role.inlinePolicies), name => name)
    return { PolicyNames: items, ...end }
  },
}
