import { z } from 'zod'

export const Tag = z.object({ Key: z.string(), Value: z.string() })
export type Tag = z.infer<typeof Tag>

const named = {
  name: z.string(),
  /** Starts and ends with a slash. */
  path: z.string(),
  id: z.string(),
  createdMs: z.number(),
}

export const Role = z.object({
  ...named,
  trustPolicy: z.string(),
  description: z.string(),
  maxSessionSeconds: z.int(),
  permissionsBoundary: z.string().optional(),
  tags: z.array(Tag),
  inlinePolicies: z.record(z.string(), z.string()),
  /** ARNs, in the order in which they were attached. */
  attachedPolicies: z.array(z.string()),
})
export type Role = z.infer<typeof Role>

export const Policy = z.object({ ...named, description: z.string(), document: z.string(), tags: z.array(Tag) })
export type Policy = z.infer<typeof Policy>

export const InstanceProfile = z.object({ ...named, roleName: z.string().optional(), tags: z.array(Tag) })
export type InstanceProfile = z.infer<typeof InstanceProfile>

/** All that IAM knows, as it lies on disk. */
export const Entities = z.object({
  roles: z.array(Role),
  policies: z.array(Policy),
  instanceProfiles: z.array(InstanceProfile),
})
export type Entities = z.infer<typeof Entities>
