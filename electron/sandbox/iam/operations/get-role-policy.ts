import type { QueryOperation } from '../../server/query-protocol.ts'
import { inlinePolicy, policyPlace } from '../inline-policy.ts'
import { encodeDocument } from '../policy-document.ts'
import type { IamState } from '../state.ts'

export const getRolePolicy: QueryOperation<IamState> = {
  name: 'GetRolePolicy',
  run(state, input) {
    const { role, policyName } = policyPlace(state, input)
    return {
      RoleName: role.name,
      PolicyName: policyName,
      PolicyDocument: encodeDocument(inlinePolicy(role.inlinePolicies, policyName)),
    }
  },
}
