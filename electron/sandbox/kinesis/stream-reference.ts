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
