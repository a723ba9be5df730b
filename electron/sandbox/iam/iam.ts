import { type StateCare, strictCare } from '../../../shared/state/damage.ts'
import { diskError } from '../server/disk-error.ts'
import type { SandboxService } from '../server/exchange.ts'
import { type QueryOperation, queryService } from '../server/query-protocol.ts'
import * as attachedPolicies from './operations/attached-policies.ts'
import * as inlinePolicies from './operations/inline-policies.ts'
import * as instanceProfiles from './operations/instance-profiles.ts'
import * as managedPolicies from './operations/managed-policies.ts'
import * as roleTags from './operations/role-tags.ts'
import * as roles from './operations/roles.ts'
import { getUser } from './operations/user.ts'
import { type IamState, openState } from './state.ts'

const OPERATIONS: readonly QueryOperation<IamState>[] = [
  ...Object.values(roles),
  ...Object.values(roleTags),
  ...Object.values(inlinePolicies),
  ...Object.values(attachedPolicies),
  ...Object.values(managedPolicies),
  ...Object.values(instanceProfiles),
  getUser,
]

/**
 * Opens IAM (2010-05-08) on its folder: roles, their policies, instance profiles. Policies are checked and kept, not
 * enforced.
 */
export async function openIam(options: {
  dir: string
  account: string
  now: () => number
  care?: StateCare
}): Promise<SandboxService> {
  const care = options.care ?? strictCare(options.now, () => undefined)
  return queryService({
    signingName: 'iam',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    state: openState({ ...options, care }),
    asAwsError: (error, request) => diskError(error, care, request.signal),
    operations: OPERATIONS,
  })
}
