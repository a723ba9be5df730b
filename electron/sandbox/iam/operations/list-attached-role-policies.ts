import type { QueryOperation } from '../../server/query-protocol.ts'
import { pageOf, roleName } from '../parameters.ts'
import { findRole, type IamState } from '../state.ts'

const policyName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

export const listAttachedRolePolicies: QueryOperation<IamState> = {
  name: 'ListAttachedRolePolicies',
  run(state, input) {
    const role = findRole(state, roleName(input))
    const { items, end } = pageOf(input, role.attachedPolicies, arn => arn)
    return { AttachedPolicies: items.map(arn => ({ PolicyName: policyName(arn), PolicyArn: arn })), ...end }
  },
}
