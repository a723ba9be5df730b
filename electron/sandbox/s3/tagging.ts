import { s3Error } from './s3-error.ts'
import { element, listOf, textOf } from './xml.ts'

/** User Guide, "Categorizing your objects using tags"; "Using cost allocation S3 bucket tags". */
export const MAX_OBJECT_TAGS = 10
export const MAX_BUCKET_TAGS = 50
const MAX_KEY_LENGTH = 128
const MAX_VALUE_LENGTH = 256

export const tagSetXml = (tags: Record<string, string>): string =>
  `<TagSet>${Object.entries(tags)
    .map(([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`)
    .join('')}</TagSet>`

/** The tags of a `<Tagging>` document. @throws AwsError `InvalidTag`, `MalformedXML` */
export function readTagSet(root: Record<string, unknown>, limit: number): Record<string, string> {
  if (root.TagSet === undefined) throw s3Error('MalformedXML')
  const [set] = listOf(root.TagSet)
  return checked(
    listOf(set?.Tag).map(tag => [textOf(tag.Key) ?? '', textOf(tag.Value) ?? '']),
    limit,
  )
}

/** The tags in the header of a put: `a=1&b=2`. @throws AwsError `InvalidTag` */
export const headerTags = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  checked([...new URLSearchParams(headers['x-amz-tagging'] ?? '')], MAX_OBJECT_TAGS)

function checked(tags: [string, string][], limit: number): Record<string, string> {
  const seen = new Set<string>()
  for (const [key, value] of tags) {
    if (key === '' || key.length > MAX_KEY_LENGTH)
      throw s3Error('InvalidTag', 'The TagKey you have provided is invalid')
    if (value.length > MAX_VALUE_LENGTH) throw s3Error('InvalidTag', 'The TagValue you have provided is invalid')
    if (seen.has(key)) throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key')
    seen.add(key)
  }
  if (tags.length > limit) throw s3Error('InvalidTag', `Tags cannot be greater than ${limit}`)
  return Object.fromEntries(tags)
}
