import type { QueryOperation } from '../../server/query-protocol.ts'
import { roleName } from '../parameters.ts'
import { trustPolicy } from '../role-input.ts'
import { findRole, type IamState } from '../state.ts'

export const updateAssumeRolePolicy: QueryOperation<IamState> = {
  name: 'UpdateAssumeRolePolicy',
  run(state, input) {
    const role = findRole(state, roleName(input))
    role.trustPolicy = trustPolicy(input, 'PolicyDocument')
    state.save()
    return undefined
  },
}
