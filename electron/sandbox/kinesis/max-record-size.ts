import { z } from 'zod'

/** A record may be 1 MiB unless the stream says more, up to 10 MiB (API reference, UpdateMaxRecordSize). */
export const MIN_RECORD_KIB = 1024

export const maxRecordSize = z.int().min(MIN_RECORD_KIB).max(10_240)
