import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { findStream, type KinesisState, requireActive } from '../state.ts'

export const updateStreamMode: JsonOperation<KinesisState> = operation({
  name: 'UpdateStreamMode',
  input: z.object({
    StreamARN: z.string(),
    StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }),
  }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    stream.mode = input.StreamModeDetails.StreamMode
    state.settle(stream, 'UPDATING')
  },
})
