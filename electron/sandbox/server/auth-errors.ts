import { AwsError } from './aws-error.ts'
import type { SandboxProtocol } from './exchange.ts'

/** Why a request is not let in, in the words of each protocol. */
export interface AuthErrors {
  /** It is not signed. */
  missing(): AwsError
  /** It is signed with a key that is not this sandbox's. */
  unknownKey(accessKeyId: string): AwsError
  /** A session token came with a key that has none. */
  unknownToken(): AwsError
  /** Its signature cannot be read; `message` says what is wrong with it. */
  malformed(message: string, inQuery?: boolean): AwsError
  /** Its signature was made for another service. */
  wrongService(expected: string, given: string): AwsError
  /** Its signature is another one than what was computed. */
  mismatch(detail: SignatureDetail): AwsError
  /** It was signed too long ago, or is of the future. */
  skewed(signedAt: string, nowMs: number): AwsError
}

export interface SignatureDetail {
  accessKeyId: string
  provided: string
  stringToSign: string
  canonicalRequest: string
}

/**
 * Signatures are good for so long before and after their time (IAM User Guide, "Troubleshoot Signature Version 4
 * signing").
 */
export const MAX_SKEW_MS = 15 * 60_000

const OWN_KEY =
  'This sandbox answers to the access key of its data folder, which "sluice sandbox" prints; started with ' +
  '--any-key it answers to others, too.'
const INVALID_TOKEN = `The security token included in the request is invalid. ${OWN_KEY}`
const NO_TOKEN =
  'The security token included in the request is invalid. The key of a sandbox has no session token: unset ' +
  'AWS_SESSION_TOKEN.'
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access ' +
  'Key and signing method. Consult the service documentation for details.'

/** `20261121T120000Z`, as signatures have it. */
export const basicTime = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')

/** The time of a `20261121T120000Z`; NaN when it is none. */
export function parseBasicTime(text: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function skewMessage(signedAt: string, nowMs: number): string {
  const now = basicTime(nowMs)
  return parseBasicTime(signedAt) < nowMs
    ? `Signature expired: ${signedAt} is now earlier than ${basicTime(nowMs - MAX_SKEW_MS)} (${now} - 15 min.)`
    : `Signature not yet current: ${signedAt} is still later than ${basicTime(nowMs + MAX_SKEW_MS)} (${now} + 15 min.)`
}

/**
 * Codes and status as DynamoDB's developer guide lists them ("Error messages and codes"), which are those of all JSON
 * services.
 */
const JSON_ERRORS: AuthErrors = {
  missing: () => new AwsError('MissingAuthenticationTokenException', `Missing Authentication Token. ${OWN_KEY}`),
  unknownKey: () => new AwsError('UnrecognizedClientException', INVALID_TOKEN),
  unknownToken: () => new AwsError('UnrecognizedClientException', NO_TOKEN),
  malformed: message => new AwsError('IncompleteSignatureException', message),
  wrongService: expected =>
    new AwsError('InvalidSignatureException', `Credential should be scoped to correct service: '${expected}'.`),
  mismatch: () => new AwsError('InvalidSignatureException', MISMATCH),
  skewed: (signedAt, nowMs) => new AwsError('InvalidSignatureException', skewMessage(signedAt, nowMs)),
}

/** IAM API reference, "Common errors". */
const QUERY_ERRORS: AuthErrors = {
  missing: () => new AwsError('MissingAuthenticationToken', `Request is missing Authentication Token. ${OWN_KEY}`, 403),
  unknownKey: () => new AwsError('InvalidClientTokenId', INVALID_TOKEN, 403),
  unknownToken: () => new AwsError('InvalidClientTokenId', NO_TOKEN, 403),
  malformed: message => new AwsError('IncompleteSignature', message, 400),
  wrongService: expected =>
    new AwsError('SignatureDoesNotMatch', `Credential should be scoped to correct service: '${expected}'.`, 403),
  mismatch: () => new AwsError('SignatureDoesNotMatch', MISMATCH, 403),
  skewed: (signedAt, nowMs) => new AwsError('SignatureDoesNotMatch', skewMessage(signedAt, nowMs), 403),
}

/** S3 API reference, "Error responses". */
const S3_ERRORS: AuthErrors = {
  missing: () => new AwsError('AccessDenied', `Access Denied. The request is not signed. ${OWN_KEY}`, 403),
  unknownKey: AWSAccessKeyId =>
    new AwsError(
      'InvalidAccessKeyId',
      `The AWS Access Key Id you provided does not exist in our records. ${OWN_KEY}`,
      403,
      {
        AWSAccessKeyId,
      },
    ),
  unknownToken: () =>
    new AwsError(
      'InvalidToken',
      'The provided token is malformed or otherwise invalid. The key of a sandbox has no session token: unset ' +
        'AWS_SESSION_TOKEN.',
    ),
  malformed: (message, inQuery) =>
    new AwsError(inQuery ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed', message),
  wrongService: (expected, given) =>
    new AwsError(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; incorrect service "${given}". This endpoint belongs to "${expected}".`,
    ),
  mismatch: ({ accessKeyId, provided, stringToSign, canonicalRequest }) =>
    new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing ' +
        'method.',
      403,
      {
        AWSAccessKeyId: accessKeyId,
        StringToSign: stringToSign,
        SignatureProvided: provided,
        CanonicalRequest: canonicalRequest,
      },
    ),
  skewed: (signedAt, nowMs) =>
    new AwsError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      403,
      {
        RequestTime: signedAt,
        ServerTime: new Date(nowMs).toISOString(),
        MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
      },
    ),
}

export const AUTH_ERRORS: Record<SandboxProtocol, AuthErrors> = {
  json: JSON_ERRORS,
  query: QUERY_ERRORS,
  s3: S3_ERRORS,
}
