import type { Target } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'

/**
 * Stops a change before its first call on a target that is protected. Protection lives here, not in a grey button.
 * @throws ExpectedError `access_denied`
 */
export function refuseReadOnly(target: Target, what: string): void {
  if (target.protection !== 'read-only') return
  throw new ExpectedError({
    code: 'access_denied',
    message: `${target.title} is read-only in Sluice: ${what} is refused.`,
    hint: 'Choose a target that is not protected.',
    retryable: false,
  })
}
