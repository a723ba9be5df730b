import { type AppError, ExpectedError } from '../../../shared/rpc/contract.ts'
import { diskSentence, diskTrouble } from '../../../shared/state/disk-trouble.ts'

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $retryable?: { throttling?: boolean }
  code?: string
  /** The IAM action that a refused call needs; the clients add it. */
  permission?: string
}

const THROTTLED = /Throttl|TooManyRequests|ProvisionedThroughputExceeded|LimitExceeded|SlowDown/
const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized/
/** An answer to HEAD has no body, so that the SDK has no name for it. */
const UNNAMED = /^(?:403|Forbidden|Unknown|UnknownError)$/
const NAMED_ACTION = /not authorized to perform:? ([a-z][\w-]*:\w+)/
const EXPIRED = new RegExp(
  'ExpiredToken|TokenRefreshRequired|InvalidClientTokenId|UnrecognizedClient|CredentialsProviderError|' +
    'TokenProviderError',
)
/** What AWS says of a signature whose time is not now; the SDK has set its own clock by the answer and tried again. */
const SKEWED = /RequestTimeTooSkewed|RequestExpired|RequestInTheFuture/
const SKEWED_WORDS = /^Signature (?:expired|not yet current): /
const MISSING = /NotFound|NoSuch|DoesNotExist/
const CONFLICT = /AlreadyExists|AlreadyOwned|ResourceInUse|Conflict/
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH'])

/**
 * What an error of any kind is to the one who asked: AWS's own code and words, and what to do next. Bugs stay
 * `internal`.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof ExpectedError) return error.error
  if (!(error instanceof Error)) return { code: 'internal', message: String(error), retryable: false }
  const sdk = error as SdkError
  if (sdk.name === 'AbortError') return { code: 'cancelled', message: 'Cancelled.', retryable: true }
  if (sdk.name === 'TimeoutError' || UNREACHABLE.has(sdk.code ?? '')) {
    return {
      code: 'unavailable',
      message: `No answer: ${sdk.message || sdk.code}`,
      hint: 'Is the target running and the network up? Then try again.',
      retryable: true,
    }
  }
  if (SKEWED.test(sdk.name) || SKEWED_WORDS.test(sdk.message))
    return {
      code: 'failed',
      reason: 'clock_skew',
      message: `The clock of this machine is another one than AWS's: ${sdk.message}`,
      hint: 'Set the clock of this machine (its time zone does not matter), then try again.',
      retryable: true,
    }
  if (EXPIRED.test(sdk.name))
    return { code: 'auth_expired', message: sdk.message, hint: 'Log in again for this profile.', retryable: true }
  const trouble = sdk.$metadata ? undefined : diskTrouble(error)
  if (trouble)
    return {
      code: 'unavailable',
      message: diskSentence(trouble, 'the data folder'),
      hint: 'Then try again.',
      retryable: true,
    }
  if (!sdk.$metadata) return { code: 'internal', message: error.stack ?? error.message, retryable: false }
  const message = `${sdk.name}: ${sdk.message}`
  if (THROTTLED.test(sdk.name))
    return { code: 'throttled', message, hint: 'Wait a little, or lower the rate.', retryable: true }
  if (isDenied(sdk)) {
    const permission = missingPermission(sdk)
    return {
      code: 'access_denied',
      message: UNNAMED.test(sdk.name) ? 'AccessDenied: 403 Forbidden' : message,
      hint: permission
        ? `It needs the permission ${permission}.`
        : 'The role lacks the permission that the message names.',
      retryable: false,
    }
  }
  if (MISSING.test(sdk.name)) return { code: 'not_found', message, retryable: false }
  if (CONFLICT.test(sdk.name)) return { code: 'conflict', message, retryable: false }
  if ((sdk.$metadata.httpStatusCode ?? 0) >= 500)
    return { code: 'unavailable', message, hint: 'Try again.', retryable: true }
  return { code: 'failed', message, retryable: false }
}

const isDenied = ({ name, $metadata }: SdkError): boolean =>
  DENIED.test(name) || ($metadata?.httpStatusCode === 403 && UNNAMED.test(name))

/** The IAM action that was refused: as AWS says it, else as the call is known to need it. */
export const missingPermission = (error: unknown): string | undefined =>
  error instanceof Error && isDenied(error as SdkError)
    ? (NAMED_ACTION.exec(error.message)?.[1] ?? (error as SdkError).permission)
    : undefined

/** True when AWS said that the thing is not there. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof Error && (MISSING.test(error.name) || (error as SdkError).$metadata?.httpStatusCode === 404)
