import type { S3Request } from './exchange.ts'
import { s3Error } from './s3-error.ts'

/** The longest that an address may be good for (Signature Version 4, query parameters): seven days. */
const MAX_EXPIRES_SECONDS = 604_800

/**
 * A presigned address is good for as long as it says, of either version of the signature; the signature itself is not checked.
 * @throws AwsError `AccessDenied`, `AuthorizationQueryParametersError`
 */
export function checkPresigned({ query, state }: S3Request): void {
  const untilMs = query.has('X-Amz-Signature') ? version4(query) : query.has('Signature') ? version2(query) : undefined
  const nowMs = state.options.now()
  if (untilMs === undefined || nowMs <= untilMs) return
  const fields = { Expires: new Date(untilMs).toISOString(), ServerTime: new Date(nowMs).toISOString() }
  throw s3Error('AccessDenied', 'Request has expired', { fields })
}

function version4(query: URLSearchParams): number {
  const expires = query.get('X-Amz-Expires')
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '')
  if (expires === null || !date) {
    throw s3Error(
      'AuthorizationQueryParametersError',
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  const seconds = Number(expires)
  if (!Number.isInteger(seconds)) throw s3Error('AuthorizationQueryParametersError', 'X-Amz-Expires should be a number')
  if (seconds < 0) throw s3Error('AuthorizationQueryParametersError', 'X-Amz-Expires must be non-negative')
  if (seconds > MAX_EXPIRES_SECONDS) {
    throw s3Error(
      'AuthorizationQueryParametersError',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    )
  }
  const [year = 0, month = 1, ...rest] = date.slice(1).map(Number)
  return Date.UTC(year, month - 1, ...rest) + seconds * 1000
}

function version2(query: URLSearchParams): number {
  const seconds = Number(query.get('Expires') ?? Number.NaN)
  if (!Number.isInteger(seconds)) throw s3Error('AccessDenied', 'Invalid date (should be seconds since epoch)')
  return seconds * 1000
}
