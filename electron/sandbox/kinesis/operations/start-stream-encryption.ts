import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { encryptionInput } from '../encryption-input.ts'
import { findStream, type KinesisState, requireActive } from '../state.ts'

export const startStreamEncryption: JsonOperation<KinesisState> = operation({
  name: 'StartStreamEncryption',
  input: encryptionInput,
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    stream.encryption = { type: 'KMS', keyId: input.KeyId }
    state.settle(stream, 'UPDATING')
  },
})
