import { type QueryOperation, required } from '../../server/query-protocol.ts'
import { awsManagedDocument, awsManagedPolicy, isAwsManaged } from '../aws-managed.ts'
import type { Policy } from '../entities.ts'
import { mergeTags, nameOf, pageOf, pathOf, tagsOf } from '../parameters.ts'
import { checkPolicyDocument, documentSize, encodeDocument } from '../policy-document.ts'
import { attachments, policyShape } from '../shapes.ts'
import {
  alreadyExists,
  arnOf,
  deleteConflict,
  findPolicy,
  type IamState,
  limitExceeded,
  noSuchEntity,
  sameName,
  uniqueId,
} from '../state.ts'

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

/** A policy of the sandbox has one version, `v1`: there is no CreatePolicyVersion. */
export const getPolicyVersion: QueryOperation<IamState> = {
  name: 'GetPolicyVersion',
  run(state, input) {
    const arn = required(input, 'PolicyArn')
    const version = required(input, 'VersionId')
    if (isAwsManaged(arn)) {
      const Document = encodeDocument(awsManagedDocument(arn, version))
      return { PolicyVersion: { Document, VersionId: version, IsDefaultVersion: true, CreateDate: new Date(0) } }
    }
    const policy = findPolicy(state, arn)
    if (version !== 'v1') throw noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`)
    return {
      PolicyVersion: {
        Document: encodeDocument(policy.document),
        VersionId: version,
        IsDefaultVersion: true,
        CreateDate: new Date(policy.createdMs),
      },
    }
  },
}

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

/** The account's own policies; AWS's are not listed. */
export const listPolicies: QueryOperation<IamState> = {
  name: 'ListPolicies',
  run(state, input) {
    const prefix = input.get('PathPrefix') ?? '/'
    const attached = new Set(state.roles.flatMap(role => role.attachedPolicies))
    const policies = state.policies.filter(
      policy =>
        input.get('Scope') !== 'AWS' &&
        policy.path.startsWith(prefix) &&
        (input.get('OnlyAttached') !== 'true' || attached.has(arnOf(state, 'policy', policy))),
    )
    const { items, end } = pageOf(input, policies, policy => policy.name)
    return { Policies: items.map(policy => policyShape(state, policy)), ...end }
  },
}
