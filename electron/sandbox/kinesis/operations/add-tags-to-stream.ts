import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { findStream, type KinesisState } from '../state.ts'
import { streamReference } from '../stream-reference.ts'
import { addTags, tagsInput } from '../stream-tags.ts'

export const addTagsToStream: JsonOperation<KinesisState> = operation({
  name: 'AddTagsToStream',
  input: z.object({ ...streamReference, Tags: tagsInput }),
  run: (state: KinesisState, input) => addTags(state, findStream(state, input), input.Tags),
})
