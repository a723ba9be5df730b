import { AwsError } from '../server/aws-error.ts'
import { memberList, type QueryInput, required } from '../server/query-protocol.ts'
import type { Tag } from './entities.ts'

export const validationError = (message: string): AwsError => new AwsError('ValidationError', message)

const camel = (name: string): string => (name[0]?.toLowerCase() ?? '') + name.slice(1)

/**
 * A name parameter (RoleName, PolicyName, ...), of the characters and the length that IAM allows. @throws AwsError
 * `ValidationError`
 */
export function nameOf(input: QueryInput, parameter: string, maxLength: number): string {
  const name = required(input, parameter)
  if (name.length > maxLength) {
    throw validationError(
      `1 validation error detected: Value '${name}' at '${camel(parameter)}' failed to satisfy constraint: ` +
        `Member must have length less than or equal to ${maxLength}`,
    )
  }
  if (!/^[\w+=,.@-]+$/.test(name)) {
    throw validationError(
      `The specified value for ${camel(parameter)} is invalid. It must contain only alphanumeric characters ` +
        'and/or the following: +=,.@_-',
    )
  }
  return name
}

export const roleName = (input: QueryInput): string => nameOf(input, 'RoleName', 64)
export const instanceProfileName = (input: QueryInput): string => nameOf(input, 'InstanceProfileName', 128)

/** The Path of a new entity, `/` when none is given. @throws AwsError `ValidationError` */
export function pathOf(input: QueryInput): string {
  const path = input.get('Path') ?? '/'
  if (path.length > 512 || !/^(?:\/|\/[!-~]+\/)$/.test(path)) {
    throw validationError(
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric ' +
        'characters and/or / characters.',
    )
  }
  return path
}

const MAX_TAGS = 50

/** `Tags.member.N.Key` and `.Value`. @throws AwsError `InvalidInput`, `LimitExceeded` */
export function tagsOf(input: QueryInput): Tag[] {
  const values = memberList(input, 'Tags', '.Value')
  const tags = memberList(input, 'Tags', '.Key').map((Key, index) => ({ Key, Value: values[index] ?? '' }))
  for (const { Key, Value } of tags) {
    if (Key === '' || Key.length > 128 || Value.length > 256 || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(Key + Value)) {
      throw validationError(`The tag ${Key} does not fit: keys have 1 to 128 characters, values at most 256.`)
    }
    if (/^aws:/i.test(Key))
      throw new AwsError('InvalidInput', 'Tag keys that begin with aws: are reserved for system use.')
  }
  if (new Set(tags.map(tag => tag.Key.toLowerCase())).size !== tags.length) {
    throw new AwsError('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  return tags
}

/** The tags after some were set. Keys are not distinguished by case. @throws AwsError `LimitExceeded` */
export function mergeTags(old: readonly Tag[], added: readonly Tag[]): Tag[] {
  const keys = new Set(added.map(tag => tag.Key.toLowerCase()))
  const merged = [...old.filter(tag => !keys.has(tag.Key.toLowerCase())), ...added]
  if (merged.length > MAX_TAGS)
    throw new AwsError('LimitExceeded', `The number of tags has reached the maximum limit of ${MAX_TAGS}.`, 409)
  return merged
}

/**
 * One page of a list that is in the order of its names: `MaxItems` (1 to 1000, 100 by default) after `Marker`.
 * @throws AwsError `ValidationError`
 */
export function pageOf<Item>(input: QueryInput, items: readonly Item[], nameOfItem: (item: Item) => string) {
  const size = Number(input.get('MaxItems') ?? 100)
  if (!Number.isInteger(size) || size < 1 || size > 1000) {
    throw validationError(
      `1 validation error detected: Value '${input.get('MaxItems')}' at 'maxItems' failed to satisfy constraint: ` +
        'Member must be between 1 and 1000',
    )
  }
  const marker = input.get('Marker')
  const after = marker === undefined ? undefined : Buffer.from(marker, 'base64url').toString('utf8')
  const sorted = [...items].sort((a, b) => (nameOfItem(a) < nameOfItem(b) ? -1 : 1))
  const rest = sorted.filter(item => after === undefined || nameOfItem(item) > after)
  const taken = rest.slice(0, size)
  const last = taken.at(-1)
  const more = rest.length > taken.length && last !== undefined
  return {
    items: taken,
    end: { IsTruncated: more, ...(more && { Marker: Buffer.from(nameOfItem(last)).toString('base64url') }) },
  }
}
