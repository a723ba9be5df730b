import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { findStream, type KinesisState } from '../state.ts'
import { streamReference } from '../stream-reference.ts'
import { MAX_TAGS, removeTags } from '../stream-tags.ts'

export const removeTagsFromStream: JsonOperation<KinesisState> = operation({
  name: 'RemoveTagsFromStream',
  input: z.object({ ...streamReference, TagKeys: z.array(z.string()).min(1).max(MAX_TAGS) }),
  run: (state: KinesisState, input) => removeTags(state, findStream(state, input), input.TagKeys),
})
