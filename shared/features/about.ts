import { z } from 'zod'
import { call } from '../rpc/contract.ts'

/** What this console is made of. */
export const Program = z.object({
  sluice: z.string(),
  node: z.string(),
  /** Null in the web host: the page runs in the user's own browser then. */
  electron: z
    .object({
      version: z.string(),
      chromium: z.string(),
      /** The release that Sluice is made for and tested with: of package.json. */
      named: z.string(),
    })
    .nullable(),
  /** The executable that runs core. */
  executable: z.string(),
  packaged: z.boolean(),
  /** When this core was started. */
  startedAt: z.iso.datetime(),
})
export type Program = z.infer<typeof Program>

export const aboutContract = {
  program: call(z.strictObject({}), Program),
}
