import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { encryptionInput } from '../encryption-input.ts'
import { findStream, type KinesisState, requireActive } from '../state.ts'

export const stopStreamEncryption: JsonOperation<KinesisState> = operation({
  name: 'StopStreamEncryption',
  input: encryptionInput,
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    stream.encryption = { type: 'NONE' }
    state.settle(stream, 'UPDATING')
  },
})
