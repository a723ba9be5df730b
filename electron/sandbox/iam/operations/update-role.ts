import type { QueryOperation } from '../../server/query-protocol.ts'
import { roleName } from '../parameters.ts'
import { descriptionOf, maxSession } from '../role-input.ts'
import { findRole, type IamState } from '../state.ts'

export const updateRole: QueryOperation<IamState> = {
  name: 'UpdateRole',
  run(state, input) {
    const role = findRole(state, roleName(input))
    const seconds = maxSession(input)
    if (input.has('Description')) role.description = descriptionOf(input)
    if (seconds !== undefined) role.maxSessionSeconds = seconds
    state.save()
    return {}
  },
}
