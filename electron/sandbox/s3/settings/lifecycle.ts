import { s3Error } from '../s3-error.ts'
import { listOf } from '../xml.ts'

/** API reference, PutBucketLifecycleConfiguration and LifecycleRule. */
const MAX_RULES = 1_000
const MAX_ID = 255
const ACTIONS = [
  'AbortIncompleteMultipartUpload',
  'Expiration',
  'NoncurrentVersionExpiration',
  'NoncurrentVersionTransition',
  'Transition',
]
/** The members that count days, and whether 0 is one of them. */
const DAYS: [action: string, member: string, least: number][] = [
  ['Expiration', 'Days', 1],
  ['Transition', 'Days', 0],
  ['NoncurrentVersionExpiration', 'NoncurrentDays', 1],
  ['AbortIncompleteMultipartUpload', 'DaysAfterInitiation', 1],
]

/**
 * Whether a lifecycle is complete.
 * @throws AwsError `InvalidArgument`, `InvalidRequest` for what its schema cannot say
 */
export function checkLifecycle(root: Record<string, unknown>): boolean {
  const rules = listOf(root.Rule)
  if (rules.length === 0 || rules.length > MAX_RULES) return false
  const ids = new Set<unknown>()
  for (const rule of rules) {
    if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') return false
    if (rule.Filter === undefined && rule.Prefix === undefined) return false
    if (String(rule.ID ?? '').length > MAX_ID)
      throw s3Error('InvalidArgument', `ID length should not exceed allowed limit of ${MAX_ID}`)
    if (rule.ID !== undefined && ids.has(rule.ID))
      throw s3Error('InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule')
    ids.add(rule.ID)
    if (!ACTIONS.some(action => action in rule))
      throw s3Error('InvalidRequest', 'At least one action needs to be specified in a rule')
    checkDays(rule)
    checkUploads(rule)
  }
  return true
}

function checkDays(rule: Record<string, unknown>): void {
  for (const [action, member, least] of DAYS)
    for (const settings of listOf(rule[action])) {
      const days = settings[member]
      if (days === undefined) continue
      if (!/^\d+$/.test(String(days)) || Number(days) < least)
        throw s3Error('InvalidArgument', `'${member}' for ${action} action must be a positive integer`)
    }
}

/** Uploads have no tags, and no size, to be chosen by (API reference, AbortIncompleteMultipartUpload). */
function checkUploads(rule: Record<string, unknown>): void {
  if (!('AbortIncompleteMultipartUpload' in rule)) return
  const [filter = {}] = listOf(rule.Filter)
  const [and = {}] = listOf(filter.And)
  if ('Tag' in filter || 'Tag' in and)
    throw s3Error('InvalidRequest', 'AbortIncompleteMultipartUpload cannot be specified with Tags')
}
