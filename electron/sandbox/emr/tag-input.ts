import { z } from 'zod'
import type { AwsError } from '../server/aws-error.ts'
import type { Tag } from './cluster.ts'

/** The wire lets both members be absent: a tag may have an empty value, and the key is checked with AWS's words. */
export const TagInput = z.object({ Key: z.string().optional(), Value: z.string().optional() })

const MAX_TAGS = 50

/** @throws what `refuse` makes, for keys and values that AWS does not take (Management Guide, Tag restrictions) */
export function checkTags(tags: readonly z.output<typeof TagInput>[], refuse: (message: string) => AwsError): Tag[] {
  const checked = tags.map(({ Key = '', Value = '' }) => {
    if (Key === '' || Key.length > 128) throw refuse('Tag keys must have between 1 and 128 characters.')
    if (Value.length > 256) throw refuse('Tag values must have at most 256 characters.')
    if (/^aws:/i.test(Key)) throw refuse('Tag keys that start with aws: are reserved.')
    return { Key, Value }
  })
  if (new Set(checked.map(tag => tag.Key)).size !== checked.length) throw refuse('Tag keys must be unique.')
  if (checked.length > MAX_TAGS) throw refuse(`A cluster can have at most ${MAX_TAGS} tags.`)
  return checked
}
