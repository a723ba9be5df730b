import { MAX_SKEW_MS, parseBasicTime } from '../server/auth-errors.ts'
import type { S3Request } from './exchange.ts'
import { s3Error } from './s3-error.ts'

/** The longest that an address may be good for (Signature Version 4, query parameters): seven days. */
const MAX_EXPIRES_SECONDS = 604_800

/**
 * A presigned address is good for as long as it says, of either version of the signature.
 * @throws AwsError `AccessDenied`, `AuthorizationQueryParametersError`
 */
export function checkPresigned({ query, state }: S3Request): void {
  checkBegun(query, state.options.now())
  const untilMs = query.has('X-Amz-Signature') ? version4(query) : query.has('Signature') ? version2(query) : undefined
  const nowMs = state.options.now()
  if (untilMs === undefined || nowMs <= untilMs) return
  const fields = { Expires: new Date(untilMs).toISOString(), ServerTime: new Date(nowMs).toISOString() }
  throw s3Error('AccessDenied', 'Request has expired', { fields })
}

/** An address of the future was signed by a clock that is ahead, or is kept for later. */
function checkBegun(query: URLSearchParams, nowMs: number): void {
  const signedMs = parseBasicTime(query.get('X-Amz-Date') ?? '')
  if (signedMs <= nowMs + MAX_SKEW_MS || Number.isNaN(signedMs)) return
  const fields = { 'X-Amz-Date': new Date(signedMs).toISOString(), ServerTime: new Date(nowMs).toISOString() }
  throw s3Error('AccessDenied', 'Request is not valid yet', { fields })
}

function version4(query: URLSearchParams): number {
  const expires = query.get('X-Amz-Expires')
  const signedMs = parseBasicTime(query.get('X-Amz-Date') ?? '')
  if (expires === null || Number.isNaN(signedMs)) {
    throw s3Error(
      'AuthorizationQueryParametersError',
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, ' +
        'X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  const seconds = Number(expires)
  if (!Number.isInteger(seconds)) throw s3Error('AuthorizationQueryParametersError', 'X-Amz-Expires should be a number')
  if (seconds < 0) throw s3Error('AuthorizationQueryParametersError', 'X-Amz-Expires must be non-negative')
  if (seconds > MAX_EXPIRES_SECONDS) {
    throw s3Error(
      'AuthorizationQueryParametersError',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ' +
        '604800 seconds',
    )
  }
  return signedMs + seconds * 1000
}

function version2(query: URLSearchParams): number {
  const seconds = Number(query.get('Expires') ?? Number.NaN)
  if (!Number.isInteger(seconds)) throw s3Error('AccessDenied', 'Invalid date (should be seconds since epoch)')
  return seconds * 1000
}
