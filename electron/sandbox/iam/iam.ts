import { type StateCare, strictCare } from '../../../shared/state/damage.ts'
import { diskError } from '../server/disk-error.ts'
import type { SandboxService } from '../server/exchange.ts'
import { type QueryOperation, queryService } from '../server/query-protocol.ts'
import { addRoleToInstanceProfile } from './operations/add-role-to-instance-profile.ts'
import { attachRolePolicy } from './operations/attach-role-policy.ts'
import { createInstanceProfile } from './operations/create-instance-profile.ts'
import { createPolicy } from './operations/create-policy.ts'
import { createRole } from './operations/create-role.ts'
import { deleteInstanceProfile } from './operations/delete-instance-profile.ts'
import { deletePolicy } from './operations/delete-policy.ts'
import { deleteRole } from './operations/delete-role.ts'
import { deleteRolePolicy } from './operations/delete-role-policy.ts'
import { detachRolePolicy } from './operations/detach-role-policy.ts'
import { getInstanceProfile } from './operations/get-instance-profile.ts'
import { getPolicy } from './operations/get-policy.ts'
import { getPolicyVersion } from './operations/get-policy-version.ts'
import { getRole } from './operations/get-role.ts'
import { getRolePolicy } from './operations/get-role-policy.ts'
import { getUser } from './operations/get-user.ts'
import { listAccountAliases } from './operations/list-account-aliases.ts'
import { listAttachedRolePolicies } from './operations/list-attached-role-policies.ts'
import { listInstanceProfilesForRole } from './operations/list-instance-profiles-for-role.ts'
import { listPolicies } from './operations/list-policies.ts'
import { listRolePolicies } from './operations/list-role-policies.ts'
import { listRoleTags } from './operations/list-role-tags.ts'
import { listRoles } from './operations/list-roles.ts'
import { putRolePolicy } from './operations/put-role-policy.ts'
import { removeRoleFromInstanceProfile } from './operations/remove-role-from-instance-profile.ts'
import { tagRole } from './operations/tag-role.ts'
import { untagRole } from './operations/untag-role.ts'
import { updateAssumeRolePolicy } from './operations/update-assume-role-policy.ts'
import { updateRole } from './operations/update-role.ts'
import { type IamState, openState } from './state.ts'

const OPERATIONS: readonly QueryOperation<IamState>[] = [
  addRoleToInstanceProfile,
  attachRolePolicy,
  createInstanceProfile,
  createPolicy,
  createRole,
  deleteInstanceProfile,
  deletePolicy,
  deleteRole,
  deleteRolePolicy,
  detachRolePolicy,
  getInstanceProfile,
  getPolicy,
  getPolicyVersion,
  getRole,
  getRolePolicy,
  getUser,
  listAccountAliases,
  listInstanceProfilesForRole,
  listPolicies,
  listRolePolicies,
  listRoleTags,
  listRoles,
  listAttachedRolePolicies,
  putRolePolicy,
  removeRoleFromInstanceProfile,
  tagRole,
  untagRole,
  updateAssumeRolePolicy,
  updateRole,
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
