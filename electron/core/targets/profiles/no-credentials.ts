import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { renewal } from './hints.ts'
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
    ...renewal(profile, source),
    retryable: true,
  })
