import { type QueryOperation, required } from '../../server/query-protocol.ts'
import { awsManagedPolicy, isAwsManaged } from '../aws-managed.ts'
import { attachments, policyShape } from '../shapes.ts'
import { findPolicy, type IamState } from '../state.ts'

export const getPolicy: QueryOperation<IamState> = {
  name: 'GetPolicy',
  run(state, input) {
    const arn = required(input, 'PolicyArn')
    if (isAwsManaged(arn)) {
      return { Policy: { ...awsManagedPolicy(arn), ...attachments(state, arn), IsAttachable: true } }
    }
    const policy = findPolicy(state, arn)
    return {
      Policy: { ...policyShape(state, policy), Description: policy.description || undefined, Tags: policy.tags },
    }
  },
}
