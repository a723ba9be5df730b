import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'

/** A program that a host keeps running: the sandbox, and on the desktop core itself. */
export const ProgramState = z.object({
  name: z.enum(['sandbox', 'core']),
  /**
   * `silent`: its process is there and does not answer; it may be stopped or busy, and is not ended for that.
   * `waiting`: it ended, and is started again at `retryAt`. `failed`: it is not started again until somebody asks for
   * it.
   */
  state: z.enum(['starting', 'running', 'silent', 'waiting', 'failed', 'ended']),
  /** Since when it is in this state. */
  since: z.iso.datetime(),
  /** Starts in a row that did not last. */
  attempts: z.int().min(0),
  retryAt: z.iso.datetime().nullable(),
  /** Why it ended the last time, in its own words where it left some; null while nothing is wrong. */
  reason: z.string().nullable(),
  /** The last lines of its log. */
  log: z.array(z.string()),
})
export type ProgramState = z.infer<typeof ProgramState>

export const programsContract = {
  /** The programs that this console keeps running, whenever one of them changes its state. */
  watch: stream(z.strictObject({}), z.array(ProgramState)),
  /** Starts a program now that waits, failed or does not answer; one that does not answer is killed for it. */
  retry: call(z.strictObject({ name: z.enum(['sandbox']) }), z.array(ProgramState)),
}
