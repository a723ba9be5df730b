import type { AuthErrors } from '../auth-errors.ts'
import type { SandboxRequest } from '../exchange.ts'

export const ALGORITHM = 'AWS4-HMAC-SHA256'

/** What a request says of its signature (Signature Version 4). */
export interface Credential {
  kind: 'header' | 'query'
  accessKeyId: string
  /** `YYYYMMDD`. */
  date: string
  region: string
  service: string
  /** Names in lower case, in the order they were signed in. */
  signedHeaders: readonly string[]
  signature: string
}

/** Of Signature Version 2, which S3 knows in presigned addresses only (boto3 makes them for us-east-1). */
export interface OldCredential {
  kind: 'version-2'
  accessKeyId: string
  signature: string
}

/** Whether a query is that of a presigned address, of either version. */
export const isPresigned = (query: string): boolean =>
  /(?:^|&)(?:X-Amz-(?:Signature|Credential|Algorithm)|AWSAccessKeyId)=/.test(query)

/**
 * The credential of a request: of its Authorization header, or of a presigned address.
 * @throws AwsError when it is not signed, signed twice, or when it cannot be read
 */
export function readCredential({ headers, query }: SandboxRequest, errors: AuthErrors): Credential | OldCredential {
  const header = headers.authorization
  const presigned = isPresigned(query)
  if (header === undefined) {
    if (!presigned) throw errors.missing()
    return readQuery(new URLSearchParams(query), errors)
  }
  if (presigned)
    throw errors.malformed(
      'Only one auth mechanism allowed; the Authorization header and the query both sign this request.',
    )
  return readHeader(header, errors)
}

/**
 * The service in the scope of an Authorization header; undefined when there is none. Only for finding the service:
 * nothing is checked.
 */
export const scopeOfHeader = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : /Credential=[^/,]+\/\d+\/[^/,]+\/([^/,]+)\/aws4_request/.exec(header)?.[1]

function readHeader(header: string, errors: AuthErrors): Credential {
  const space = header.indexOf(' ')
  if (header.slice(0, space) !== ALGORITHM)
    throw errors.malformed(
      `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}: "Authorization: ` +
        `${ALGORITHM} Credential=..., SignedHeaders=..., Signature=...".`,
    )
  const parts = new Map<string, string>()
  for (const part of header.slice(space + 1).split(',')) {
    const equals = part.indexOf('=')
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  const missing = ['Credential', 'SignedHeaders', 'Signature'].filter(name => !parts.get(name))
  if (missing.length > 0)
    throw errors.malformed(missing.map(name => `Authorization header requires '${name}' parameter.`).join(' '))
  return {
    kind: 'header',
    ...scopeOf(parts.get('Credential') ?? '', errors, false),
    signedHeaders: (parts.get('SignedHeaders') ?? '').split(';'),
    signature: parts.get('Signature') ?? '',
  }
}

const QUERY_PARAMETERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-Date',
  'X-Amz-SignedHeaders',
  'X-Amz-Expires',
]

function readQuery(query: URLSearchParams, errors: AuthErrors): Credential | OldCredential {
  const accessKeyId = query.get('AWSAccessKeyId')
  if (accessKeyId !== null) return { kind: 'version-2', accessKeyId, signature: query.get('Signature') ?? '' }
  if (!QUERY_PARAMETERS.every(name => query.get(name)))
    throw errors.malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, ' +
        'X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      true,
    )
  if (query.get('X-Amz-Algorithm') !== ALGORITHM)
    throw errors.malformed(`X-Amz-Algorithm only supports "${ALGORITHM}"`, true)
  return {
    kind: 'query',
    ...scopeOf(query.get('X-Amz-Credential') ?? '', errors, true),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
  }
}

/** `<key>/<date>/<region>/<service>/aws4_request`; a key may have slashes. */
function scopeOf(credential: string, errors: AuthErrors, inQuery: boolean) {
  const parts = credential.split('/')
  const [date = '', region = '', service = '', end = ''] = parts.slice(-4)
  const accessKeyId = parts.slice(0, -4).join('/')
  if (accessKeyId === '' || region === '' || service === '' || end !== 'aws4_request' || !/^\d{8}$/.test(date))
    throw errors.malformed(
      'The Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      inQuery,
    )
  return { accessKeyId, date, region, service }
}
