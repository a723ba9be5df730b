import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { maxRecordSize } from '../max-record-size.ts'
import { findStream, type KinesisState, requireActive } from '../state.ts'
import { streamReference } from '../stream-reference.ts'

export const updateMaxRecordSize: JsonOperation<KinesisState> = operation({
  name: 'UpdateMaxRecordSize',
  input: z.object({ ...streamReference, MaxRecordSizeInKiB: maxRecordSize }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    stream.maxRecordKiB = input.MaxRecordSizeInKiB
    state.settle(stream, 'UPDATING')
  },
})
