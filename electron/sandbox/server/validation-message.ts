import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/**
 * What AWS says of input that does not fit its model, for instance: `1 validation error detected: Value '0' at
 * 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1`
 */
export function validationMessage(error: z.ZodError, input: unknown): string {
  const details = error.issues.map(issue => {
    const value = valueAt(input, issue.path)
    const shown =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `'${value}' ` : ''
    return `Value ${shown}at '${memberPath(issue.path)}' failed to satisfy constraint: ${constraint(issue, value)}`
  })
  return `${details.length} validation error${details.length === 1 ? '' : 's'} detected: ${details.join('; ')}`
}

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input)

/** AWS writes members with a small first letter and the items of a list as `records.1.member`. */
function memberPath(path: readonly PropertyKey[]): string {
  const parts = path.map(key => (typeof key === 'number' ? `${key + 1}.member` : lowerFirst(String(key))))
  return parts.join('.') || 'input'
}
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** The constraint in AWS's words; a schema's own words go through as they are. */
function constraint(issue: Issue, value: unknown): string {
  const own = !/^(Invalid|Too (small|big)|Unrecognized)/.test(issue.message)
  if (own) return issue.message
  if (value === undefined || value === null) return 'Member must not be null'
  switch (issue.code) {
    case 'too_small':
      return `Member must have ${measure(issue.origin)} greater than or equal to ${issue.minimum}`
    case 'too_big':
      return `Member must have ${measure(issue.origin)} less than or equal to ${issue.maximum}`
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`
    case 'invalid_format':
      return issue.pattern
        ? `Member must satisfy regular expression pattern: ${withoutSlashes(issue.pattern)}`
        : issue.message
    default:
      return issue.message
  }
}

const measure = (origin: string): string =>
  origin === 'number' || origin === 'int' || origin === 'bigint' ? 'value' : 'length'
/** zod gives a pattern as `/^...$/`. */
const withoutSlashes = (pattern: string): string => pattern.replace(/^\/\^?/, '').replace(/\$?\/[a-z]*$/, '')
