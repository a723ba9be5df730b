import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { findStream, type KinesisState } from '../state.ts'
import { streamReference } from '../stream-reference.ts'

export const deleteStream: JsonOperation<KinesisState> = operation({
  name: 'DeleteStream',
  input: z.object({ ...streamReference, EnforceConsumerDeletion: z.boolean().optional() }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    // Deleting what is being deleted changes nothing.
    if (stream.status !== 'DELETING') state.settle(stream, 'DELETING')
  },
})
