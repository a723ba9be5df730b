import { z } from 'zod'
import { AwsError } from '../server/aws-error.ts'
import type { KinesisState } from './state.ts'
import type { Stream } from './stream.ts'

/** Developer Guide, "Tag restrictions". */
export const MAX_TAGS = 50

/** Tags to add, as a request has them. */
export const tagsInput = z.record(z.string().min(1).max(128), z.string().max(256))

/** How the operations of any resource name it: streams are the only ones here. */
export const resourceInput = { ResourceARN: z.string() }

export function addTags(state: KinesisState, stream: Stream, added: Record<string, string>): void {
  const next = { ...stream.tags, ...added }
  if (Object.keys(next).length > MAX_TAGS) {
    throw new AwsError(
      'InvalidArgumentException',
      `Failed to add tags to stream ${stream.name} under account ${state.options.account} because a given stream ` +
        `cannot have more than ${MAX_TAGS} tags associated with it.`,
    )
  }
  stream.tags = next
  state.save(stream)
}

export function removeTags(state: KinesisState, stream: Stream, keys: readonly string[]): void {
  stream.tags = Object.fromEntries(Object.entries(stream.tags).filter(([key]) => !keys.includes(key)))
  state.save(stream)
}

export const tagList = (stream: Stream) =>
  Object.entries(stream.tags)
    .sort()
    .map(([Key, Value]) => ({ Key, Value }))
