import { AwsError } from '../../server/aws-error.ts'
import { type QueryOperation, required } from '../../server/query-protocol.ts'
import { policyPlace } from '../inline-policy.ts'
import { checkPolicyDocument, documentSize } from '../policy-document.ts'
import type { IamState } from '../state.ts'

/** All inline policies of a role together (IAM User Guide, IAM and STS quotas). */
const MAX_INLINE = 10_240

export const putRolePolicy: QueryOperation<IamState> = {
  name: 'PutRolePolicy',
  run(state, input) {
    const { role, policyName } = policyPlace(state, input)
    const document = required(input, 'PolicyDocument')
    checkPolicyDocument(document, 'identity')
    const policies = { ...role.inlinePolicies, [policyName]: document }
    if (Object.values(policies).reduce((sum, text) => sum + documentSize(text), 0) > MAX_INLINE) {
      throw new AwsError(
        'LimitExceeded',
        `Maximum policy size of ${MAX_INLINE} bytes exceeded for role ${role.name}`,
        409,
      )
    }
    role.inlinePolicies = policies
    state.save()
    return undefined
  },
}
