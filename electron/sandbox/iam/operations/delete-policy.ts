import { type QueryOperation, required } from '../../server/query-protocol.ts'
import { deleteConflict, findPolicy, type IamState } from '../state.ts'

export const deletePolicy: QueryOperation<IamState> = {
  name: 'DeletePolicy',
  run(state, input) {
    const arn = required(input, 'PolicyArn')
    const policy = findPolicy(state, arn)
    if (state.roles.some(role => role.attachedPolicies.includes(arn) || role.permissionsBoundary === arn)) {
      throw deleteConflict('Cannot delete a policy attached to entities.')
    }
    state.policies.splice(state.policies.indexOf(policy), 1)
    state.save()
    return undefined
  },
}
