import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { findStream, type KinesisState } from '../state.ts'
import { addTags, resourceInput, tagsInput } from '../stream-tags.ts'

export const tagResource: JsonOperation<KinesisState> = operation({
  name: 'TagResource',
  input: z.object({ ...resourceInput, Tags: tagsInput }),
  run: (state: KinesisState, input) => addTags(state, findStream(state, { StreamARN: input.ResourceARN }), input.Tags),
})
