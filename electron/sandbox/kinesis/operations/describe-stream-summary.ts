import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { description } from '../describe.ts'
import { findStream, type KinesisState } from '../state.ts'
import { streamReference } from '../stream-reference.ts'

export const describeStreamSummary: JsonOperation<KinesisState> = operation({
  name: 'DescribeStreamSummary',
  input: z.object(streamReference),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    return {
      StreamDescriptionSummary: { ...description(state, stream), OpenShardCount: stream.open.length, ConsumerCount: 0 },
    }
  },
})
