import { z } from 'zod'
import { Kind } from '../lock/lock-record.ts'

/** The first line of who joins: the lock's secret, and what it is. */
export const Greeting = z.strictObject({ sluice: z.literal(1), secret: z.string().max(200), kind: Kind })
export type Greeting = z.infer<typeof Greeting>

/** The answer: core is there, and frames follow; or why not, and whether it is worth another try. */
export const Welcome = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('open') }),
  z.strictObject({ state: z.literal('ending') }),
])
export type Welcome = z.infer<typeof Welcome>

/** Beside frames: core gave a page an address outside of it, which the host of a joined window opens too. */
export const MayOpen = z.strictObject({ mayOpen: z.string().max(8_192) })
export type MayOpen = z.infer<typeof MayOpen>
