import { AwsError } from '../../server/aws-error.ts'
import { type QueryOperation, required } from '../../server/query-protocol.ts'
import { isAwsManaged } from '../aws-managed.ts'
import { roleName } from '../parameters.ts'
import { arnOf, findRole, type IamState, limitExceeded, noSuchEntity } from '../state.ts'

/** Managed policies a role (IAM User Guide, IAM and STS quotas). */
const MAX_ATTACHED = 10

/** To attach a policy again changes nothing. */
export const attachRolePolicy: QueryOperation<IamState> = {
  name: 'AttachRolePolicy',
  run(state, input) {
    const role = findRole(state, roleName(input))
    const arn = required(input, 'PolicyArn')
    if (!arn.startsWith('arn:')) throw new AwsError('InvalidInput', `ARN ${arn} is not valid.`)
    if (!isAwsManaged(arn) && !state.policies.some(policy => arnOf(state, 'policy', policy) === arn)) {
      throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
    }
    if (role.attachedPolicies.includes(arn)) return undefined
    if (role.attachedPolicies.length >= MAX_ATTACHED) throw limitExceeded('PoliciesPerRole', MAX_ATTACHED)
    role.attachedPolicies.push(arn)
    state.save()
    return undefined
  },
}
