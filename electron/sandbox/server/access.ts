import type { AccessKey } from '../place.ts'
import { AUTH_ERRORS } from './auth-errors.ts'
import type { SandboxRequest, SandboxService } from './exchange.ts'
import { createSignatureCheck } from './signature/check-signature.ts'
import { readCredential } from './signature/credential.ts'
import { sameText } from './signature/signing-key.ts'

/** Whose requests are answered. */
export interface SandboxAccess {
  /** The only key that requests may be signed with; the programs of steps sign with it, too. */
  key: AccessKey
  /** Whether requests that name another key are answered as well. */
  anyKey: boolean
  /** Whether each signature is computed, and refused when it is another one. */
  checkSignatures: boolean
  /** The clock that clients sign by: the machine's. */
  now: () => number
  /** When that one was set: what was under way then was signed by the clock before. */
  monotonic?: () => number
}

/**
 * Lets a request in, or refuses it in the words of its service. A presigned address is one of S3: no other service is
 * reached by a query alone.
 */
export type Admit = (request: SandboxRequest, service: SandboxService) => SandboxRequest | Promise<SandboxRequest>

export function createAdmission(access: SandboxAccess): Admit {
  const check = createSignatureCheck(access)
  return (request, service) => {
    const errors = AUTH_ERRORS[service.protocol]
    if (service.protocol !== 's3' && request.headers.authorization === undefined) throw errors.missing()
    const credential = readCredential(request, errors)
    const isOwn = sameText(credential.accessKeyId, access.key.accessKeyId)
    if (!isOwn && !access.anyKey) throw errors.unknownKey(credential.accessKeyId)
    if (isOwn && hasToken(request)) throw errors.unknownToken()
    if (credential.kind !== 'version-2' && credential.service !== service.signingName)
      throw errors.wrongService(service.signingName, credential.service)
    return isOwn && access.checkSignatures ? check(request, service, credential) : request
  }
}

const hasToken = ({ headers, query }: SandboxRequest): boolean =>
  headers['x-amz-security-token'] !== undefined || /(?:^|&)x-amz-security-token=/i.test(query)
