import type { InstanceProfile, Policy, Role } from './entities.ts'
import { encodeDocument } from './policy-document.ts'
import { arnOf, type IamState } from './state.ts'

/** A role as CreateRole and ListRoles give it. */
export const roleShape = (state: IamState, role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: arnOf(state, 'role', role),
  CreateDate: new Date(role.createdMs),
  AssumeRolePolicyDocument: encodeDocument(role.trustPolicy),
  Description: role.description || undefined,
  MaxSessionDuration: role.maxSessionSeconds,
  PermissionsBoundary: role.permissionsBoundary && {
    PermissionsBoundaryType: 'Policy',
    PermissionsBoundaryArn: role.permissionsBoundary,
  },
})

/** With its tags, which lists leave out. */
export const fullRoleShape = (state: IamState, role: Role) => ({
  ...roleShape(state, role),
  Tags: role.tags.length > 0 ? role.tags : undefined,
  RoleLastUsed: {},
})

/** How often a policy is used. */
export const attachments = (state: IamState, arn: string) => ({
  AttachmentCount: state.roles.filter(role => role.attachedPolicies.includes(arn)).length,
  PermissionsBoundaryUsageCount: state.roles.filter(role => role.permissionsBoundary === arn).length,
})

export function policyShape(state: IamState, policy: Policy) {
  const arn = arnOf(state, 'policy', policy)
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arn,
    Path: policy.path,
    DefaultVersionId: 'v1',
    ...attachments(state, arn),
    IsAttachable: true,
    CreateDate: new Date(policy.createdMs),
    UpdateDate: new Date(policy.createdMs),
  }
}

export const instanceProfileShape = (state: IamState, profile: InstanceProfile) => ({
  Path: profile.path,
  InstanceProfileName: profile.name,
  InstanceProfileId: profile.id,
  Arn: arnOf(state, 'instance-profile', profile),
  CreateDate: new Date(profile.createdMs),
  Roles: state.roles.filter(role => role.name === profile.roleName).map(role => roleShape(state, role)),
  Tags: profile.tags.length > 0 ? profile.tags : undefined,
})
