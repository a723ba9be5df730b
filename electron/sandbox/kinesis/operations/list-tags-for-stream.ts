import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { findStream, type KinesisState } from '../state.ts'
import { streamReference } from '../stream-reference.ts'
import { MAX_TAGS, tagList } from '../stream-tags.ts'

export const listTagsForStream: JsonOperation<KinesisState> = operation({
  name: 'ListTagsForStream',
  input: z.object({
    ...streamReference,
    ExclusiveStartTagKey: z.string().optional(),
    Limit: z.int().min(1).max(MAX_TAGS).default(MAX_TAGS),
  }),
  run(state: KinesisState, { ExclusiveStartTagKey, Limit, ...reference }) {
    const found = tagList(findStream(state, reference)).filter(
      tag => ExclusiveStartTagKey === undefined || tag.Key > ExclusiveStartTagKey,
    )
    return { Tags: found.slice(0, Limit), HasMoreTags: found.length > Limit }
  },
})
