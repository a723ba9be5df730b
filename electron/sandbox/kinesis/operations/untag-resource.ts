import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { findStream, type KinesisState } from '../state.ts'
import { MAX_TAGS, removeTags, resourceInput } from '../stream-tags.ts'

export const untagResource: JsonOperation<KinesisState> = operation({
  name: 'UntagResource',
  input: z.object({ ...resourceInput, TagKeys: z.array(z.string()).min(1).max(MAX_TAGS) }),
  run: (state: KinesisState, input) =>
    removeTags(state, findStream(state, { StreamARN: input.ResourceARN }), input.TagKeys),
})
