import type { QueryOperation } from '../../server/query-protocol.ts'
import { pageOf } from '../parameters.ts'
import { policyShape } from '../shapes.ts'
import { arnOf, type IamState } from '../state.ts'

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
