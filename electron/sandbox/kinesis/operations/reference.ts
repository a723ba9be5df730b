import { z } from 'zod'

/** How most operations name their stream. */
export const streamReference = {
  StreamName: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[a-zA-Z0-9_.-]+$/, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+')
    .optional(),
  StreamARN: z.string().min(1).max(2048).optional(),
}

export const SHARD_METRICS = [
  'IncomingBytes',
  'IncomingRecords',
  'OutgoingBytes',
  'OutgoingRecords',
  'WriteProvisionedThroughputExceeded',
  'ReadProvisionedThroughputExceeded',
  'IteratorAgeMilliseconds',
] as const

/** A record may be 1 MiB unless the stream says more, up to 10 MiB (API reference, UpdateMaxRecordSize). */
export const MIN_RECORD_KIB = 1024
export const maxRecordSize = z.int().min(MIN_RECORD_KIB).max(10_240)
