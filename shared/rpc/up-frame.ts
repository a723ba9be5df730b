import { z } from 'zod'
import type { UpFrame } from './contract.ts'

const Frame = z.discriminatedUnion('t', [
  z.strictObject({
    t: z.literal('start'),
    id: z.int(),
    op: z.string().max(200),
    input: z.unknown(),
    unlock: z.string().max(100).optional(),
  }),
  z.strictObject({ t: z.literal('ack'), id: z.int() }),
  z.strictObject({ t: z.literal('cancel'), id: z.int() }),
])

/**
 * What a page sent, if it is a frame: a page may have been taken over, and is not believed. Inputs are checked behind
 * it, by their contract.
 */
export function parseUpFrame(value: unknown): UpFrame | undefined {
  const parsed = Frame.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
