import type { StateCare } from '../../../shared/state/damage.ts'
import { AwsError } from './aws-error.ts'

/**
 * An answer is held back for so long while the disk takes no writes: SDKs try three times in less than a second, and
 * would give up.
 */
const HOLD_MS = 5_000

/**
 * What is answered to a request that the disk did not take, once it takes writes again or after a while: 503, which
 * SDKs repeat (AWS general reference, "Common errors": ServiceUnavailable, a temporary failure of the server).
 * Undefined when the error is about something else.
 */
export async function diskError(error: unknown, care: StateCare, signal: AbortSignal): Promise<AwsError | undefined> {
  const sentence = care.trouble(error)
  if (sentence === undefined) return undefined
  const held = AbortSignal.any([signal, AbortSignal.timeout(HOLD_MS)])
  await care.room(held).catch(reason => {
    if (!held.aborted) throw reason
  })
  return new AwsError('ServiceUnavailable', sentence, 503)
}
