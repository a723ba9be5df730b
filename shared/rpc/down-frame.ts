import { z } from 'zod'
import { AppErrorSchema, type DownFrame } from './contract.ts'

const Frame = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('item'), id: z.int(), value: z.unknown() }),
  z.strictObject({ t: z.literal('end'), id: z.int() }),
  z.strictObject({ t: z.literal('fail'), id: z.int(), error: AppErrorSchema }),
])

/** What a core in another process sent, if it is a frame. */
export function parseDownFrame(value: unknown): DownFrame | undefined {
  const parsed = Frame.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
