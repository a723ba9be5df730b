import { z } from 'zod'

/** One version of an object, or a delete marker. */
export const Version = z.object({
  key: z.string(),
  /** `null` for what was put while versioning was not on. */
  versionId: z.string(),
  /** The name of the file with its bytes; absent for a delete marker. */
  file: z.string().optional(),
  sizeBytes: z.int(),
  /** Without quotes. */
  etag: z.string(),
  modifiedMs: z.number(),
  /** Content-Type and its like, as they are given back. */
  headers: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  checksum: z
    .object({ name: z.string(), value: z.string(), type: z.enum(['FULL_OBJECT', 'COMPOSITE']).optional() })
    .optional(),
  /** The sizes of the parts that it was uploaded in. */
  partSizes: z.array(z.int()).optional(),
  tags: z.record(z.string(), z.string()),
})
export type Version = z.output<typeof Version>

/** The form of the ids that `newVersionId` gives. */
const VERSION_ID = /^(null|[0-9a-z]+\.[0-9a-z]+\.[0-9a-f]+)$/
export const isVersionId = (text: string): boolean => VERSION_ID.test(text)

export const deleteMarker = (key: string, versionId: string, nowMs: number): Version => ({
  key,
  versionId,
  sizeBytes: 0,
  etag: '',
  modifiedMs: nowMs,
  headers: {},
  metadata: {},
  tags: {},
})
