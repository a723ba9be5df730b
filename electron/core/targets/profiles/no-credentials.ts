import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { renewHint } from './hints.ts'
import type { CredentialSource } from './source.ts'

/** `auth_expired`, with what somebody does who has this kind of profile. */
export const noCredentials = (
  profile: string,
  source: CredentialSource,
  message: string,
  details?: string[],
): ExpectedError =>
  new ExpectedError({
    code: 'auth_expired',
    message,
    ...(details && { details }),
    hint: renewHint(profile, source),
    retryable: true,
  })
