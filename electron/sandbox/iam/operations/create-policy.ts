import { type QueryOperation, required } from '../../server/query-protocol.ts'
import type { Policy } from '../entities.ts'
import { mergeTags, nameOf, pathOf, tagsOf } from '../parameters.ts'
import { checkPolicyDocument, documentSize } from '../policy-document.ts'
import { policyShape } from '../shapes.ts'
import { alreadyExists, type IamState, limitExceeded, sameName, uniqueId } from '../state.ts'

/** IAM User Guide, IAM and STS quotas. */
const MAX_POLICY = 6_144
const MAX_POLICIES = 1_500

export const createPolicy: QueryOperation<IamState> = {
  name: 'CreatePolicy',
  run(state, input) {
    const document = required(input, 'PolicyDocument')
    checkPolicyDocument(document, 'identity')
    if (documentSize(document) > MAX_POLICY) throw limitExceeded('PolicySize', MAX_POLICY)
    const policy: Policy = {
      name: nameOf(input, 'PolicyName', 128),
      path: pathOf(input),
      id: uniqueId('ANPA'),
      createdMs: state.now(),
      description: input.get('Description') ?? '',
      document,
      tags: mergeTags([], tagsOf(input)),
    }
    if (state.policies.some(other => sameName(other.name, policy.name))) {
      throw alreadyExists(`A policy called ${policy.name} already exists. Duplicate names are not allowed.`)
    }
    if (state.policies.length >= MAX_POLICIES) throw limitExceeded('PoliciesPerAccount', MAX_POLICIES)
    state.policies.push(policy)
    state.save()
    return { Policy: { ...policyShape(state, policy), Tags: policy.tags.length > 0 ? policy.tags : undefined } }
  },
}
