import type { QueryOperation } from '../../server/query-protocol.ts'
import { pageOf } from '../parameters.ts'
import { roleShape } from '../shapes.ts'
import type { IamState } from '../state.ts'

export const listRoles: QueryOperation<IamState> = {
  name: 'ListRoles',
  run(state, input) {
    const prefix = input.get('PathPrefix') ?? '/'
    const roles = state.roles.filter(role => role.path.startsWith(prefix))
    const { items, end } = pageOf(input, roles, role => role.name)
    return { Roles: items.map(role => roleShape(state, role)), ...end }
  },
}
