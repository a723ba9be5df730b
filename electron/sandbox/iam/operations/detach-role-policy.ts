import { type QueryOperation, required } from '../../server/query-protocol.ts'
import { roleName } from '../parameters.ts'
import { findRole, type IamState, noSuchEntity } from '../state.ts'

export const detachRolePolicy: QueryOperation<IamState> = {
  name: 'DetachRolePolicy',
  run(state, input) {
    const role = findRole(state, roleName(input))
    const arn = required(input, 'PolicyArn')
    if (!role.attachedPolicies.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`)
    role.attachedPolicies = role.attachedPolicies.filter(attached => attached !== arn)
    state.save()
    return undefined
  },
}
