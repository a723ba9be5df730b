import { z } from 'zod'
import { streamReference } from './stream-reference.ts'

/** StartStreamEncryption and StopStreamEncryption take the same. */
export const encryptionInput = z.object({
  ...streamReference,
  EncryptionType: z.literal('KMS'),
  KeyId: z.string().min(1).max(2048),
})
