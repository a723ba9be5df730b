import { AwsError } from '../../server/aws-error.ts'
import { type QueryInput, type QueryOperation, required } from '../../server/query-protocol.ts'
import { nameOf, pageOf } from '../parameters.ts'
import { checkPolicyDocument, documentSize, encodeDocument } from '../policy-document.ts'
import { findRole, type IamState, noSuchEntity } from '../state.ts'

/** All inline policies of a role together (IAM User Guide, IAM and STS quotas). */
const MAX_INLINE = 10_240

const place = (state: IamState, input: QueryInput) => ({
  role: findRole(state, nameOf(input, 'RoleName', 64)),
  policyName: nameOf(input, 'PolicyName', 128),
})

export const putRolePolicy: QueryOperation<IamState> = {
  name: 'PutRolePolicy',
  run(state, input) {
    const { role, policyName } = place(state, input)
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

export const getRolePolicy: QueryOperation<IamState> = {
  name: 'GetRolePolicy',
  run(state, input) {
    const { role, policyName } = place(state, input)
    return {
      RoleName: role.name,
      PolicyName: policyName,
      PolicyDocument: encodeDocument(inlinePolicy(role.inlinePolicies, policyName)),
    }
  },
}

export const listRolePolicies: QueryOperation<IamState> = {
  name: 'ListRolePolicies',
  run(state, input) {
    const role = findRole(state, nameOf(input, 'RoleName', 64))
    const { items, end } = pageOf(input, Object.keys(role.inlinePolicies), name => name)
    return { PolicyNames: items, ...end }
  },
}

export const deleteRolePolicy: QueryOperation<IamState> = {
  name: 'DeleteRolePolicy',
  run(state, input) {
    const { role, policyName } = place(state, input)
    inlinePolicy(role.inlinePolicies, policyName)
    const { [policyName]: _deleted, ...rest } = role.inlinePolicies
    role.inlinePolicies = rest
    state.save()
    return undefined
  },
}

function inlinePolicy(policies: Record<string, string>, name: string): string {
  const found = Object.hasOwn(policies, name) ? policies[name] : undefined
  if (found === undefined) throw noSuchEntity(`The role policy with name ${name} cannot be found.`)
  return found
}
