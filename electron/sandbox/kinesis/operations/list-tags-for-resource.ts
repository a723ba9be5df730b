import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { findStream, type KinesisState } from '../state.ts'
import { resourceInput, tagList } from '../stream-tags.ts'

export const listTagsForResource: JsonOperation<KinesisState> = operation({
  name: 'ListTagsForResource',
  input: z.object(resourceInput),
  run: (state: KinesisState, input) => ({ Tags: tagList(findStream(state, { StreamARN: input.ResourceARN })) }),
})
