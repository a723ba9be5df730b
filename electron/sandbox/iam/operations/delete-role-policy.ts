import type { QueryOperation } from '../../server/query-protocol.ts'
import { inlinePolicy, policyPlace } from '../inline-policy.ts'
import type { IamState } from '../state.ts'

export const deleteRolePolicy: QueryOperation<IamState> = {
  name: 'DeleteRolePolicy',
  run(state, input) {
    const { role, policyName } = policyPlace(state, input)
    inlinePolicy(role.inlinePolicies, policyName)
    const { [policyName]: _deleted, ...rest } = role.inlinePolicies
    role.inlinePolicies = rest
    state.save()
    return undefined
  },
}
