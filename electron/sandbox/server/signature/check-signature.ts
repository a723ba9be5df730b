import { recentClocks } from '../../../../shared/time/recent-clocks.ts'
import type { AccessKey } from '../../place.ts'
import { AUTH_ERRORS, basicTime, MAX_SKEW_MS, parseBasicTime } from '../auth-errors.ts'
import { AwsError } from '../aws-error.ts'
import { readBody } from '../body.ts'
import type { SandboxRequest, SandboxService } from '../exchange.ts'
import { canonicalPaths, canonicalRequest } from './canonical-request.ts'
import { ALGORITHM, type Credential, type OldCredential } from './credential.ts'
import { createSigningKeys, sameText, scopeText, sha256Hex, sign } from './signing-key.ts'
import { version2Signature } from './version-2.ts'

const SHA256 = /^[0-9a-f]{64}$/
/**
 * What S3 takes for the hash of a body (S3 API reference, "Common request headers", x-amz-content-sha256), as far as
 * the sandbox knows it.
 */
const PAYLOADS = new Set([
  'UNSIGNED-PAYLOAD',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
])

type Check = (
  request: SandboxRequest,
  service: SandboxService,
  credential: Credential | OldCredential,
) => SandboxRequest | Promise<SandboxRequest>

/**
 * Makes the check of signatures by one key. What it gives back is the request with what was read of it, or with what
 * its chunks must be signed with; the hash of an object's body is compared while it is stored.
 */
export function createSignatureCheck(options: { key: AccessKey; now: () => number; monotonic?: () => number }): Check {
  const { key, now, monotonic = now } = options
  const clocks = recentClocks({ now, monotonic })
  const signingKey = createSigningKeys(key)

  function checkVersion2(request: SandboxRequest, credential: OldCredential): SandboxRequest {
    const { stringToSign, signature } = version2Signature(request, key.secretAccessKey)
    if (sameText(signature, credential.signature)) return request
    throw AUTH_ERRORS.s3.mismatch({
      accessKeyId: key.accessKeyId,
      provided: credential.signature,
      stringToSign,
      canonicalRequest: '',
    })
  }

  /**
   * The time that a request was signed at. The age of a presigned address is S3's to judge: it says itself how long it
   * is good for.
   */
  function signingTime(
    { headers, query }: SandboxRequest,
    service: SandboxService,
    { kind, date }: Credential,
  ): string {
    const errors = AUTH_ERRORS[service.protocol]
    const inQuery = kind === 'query'
    const time = inQuery
      ? (new URLSearchParams(query).get('X-Amz-Date') ?? '')
      : (headers['x-amz-date'] ?? httpDate(headers.date))
    const ms = parseBasicTime(time)
    if (Number.isNaN(ms))
      throw errors.malformed(
        "The request has no valid 'X-Amz-Date' (20261121T120000Z), which its signature is made with.",
        inQuery,
      )
    if (!time.startsWith(date))
      throw errors.malformed(`The date of the Credential (${date}) is not that of the request (${time}).`, inQuery)
    if (!inQuery && clocks().every(nowMs => Math.abs(nowMs - ms) > MAX_SKEW_MS)) throw errors.skewed(time, now())
    return time
  }

  return async function check(request, service, credential) {
    if (credential.kind === 'version-2') return checkVersion2(request, credential)
    const errors = AUTH_ERRORS[service.protocol]
    const time = signingTime(request, service, credential)
    checkSignedHeaders(request, service, credential)
    const isObject = service.protocol === 's3'
    const received = isObject ? undefined : await readBody(request, service.limitBytes)
    const payloadHash = received ? sha256Hex(received) : payloadOf(request, credential)
    const announced = request.headers['x-amz-content-sha256']
    const scope = scopeText(credential)
    const derived = signingKey(credential)
    const forms = canonicalPaths(request, isObject).map(path => {
      const canonical = canonicalRequest(request, { path, headers: credential.signedHeaders, payloadHash })
      return { canonical, stringToSign: `${ALGORITHM}\n${time}\n${scope}\n${sha256Hex(canonical)}` }
    })
    const fits = forms.some(({ stringToSign }) => sameText(sign(derived, stringToSign), credential.signature))
    if (!fits || (received && announced !== undefined && announced !== payloadHash)) {
      const [{ canonical = '', stringToSign = '' } = {}] = forms
      const { accessKeyId, signature } = credential
      throw errors.mismatch({ accessKeyId, provided: signature, stringToSign, canonicalRequest: canonical })
    }
    if (received) return { ...request, received }
    // What an address was signed for counts as if it had been sent.
    const admitted =
      credential.kind === 'query'
        ? { ...request, headers: { ...request.headers, 'x-amz-content-sha256': payloadHash } }
        : request
    if (!payloadHash.startsWith('STREAMING-AWS4-')) return admitted
    return { ...admitted, chunkSigning: { key: derived, time, scope, seed: credential.signature } }
  }
}

/** `Sat, 21 Nov 2026 12:00:00 GMT` as signatures write it; empty when it is no date. */
function httpDate(date: string | undefined): string {
  if (date === undefined) return ''
  if (!Number.isNaN(parseBasicTime(date))) return date
  const ms = Date.parse(date)
  return Number.isNaN(ms) ? '' : basicTime(ms)
}

/**
 * What decides what is done must be signed (IAM User Guide, "Elements of an AWS API request signature", signed
 * headers).
 */
function checkSignedHeaders({ headers }: SandboxRequest, { protocol }: SandboxService, credential: Credential): void {
  const { signedHeaders, kind } = credential
  const errors = AUTH_ERRORS[protocol]
  // Over HTTP/2 the SDK for JavaScript signs the pseudo-header that takes Host's place (RFC 9113, 8.3.1).
  if (!signedHeaders.includes('host') && !signedHeaders.includes(':authority'))
    throw errors.malformed(
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
      kind === 'query',
    )
  if (protocol !== 's3') {
    const unsigned = ['x-amz-date', 'x-amz-target'].find(
      name => headers[name] !== undefined && !signedHeaders.includes(name),
    )
    if (unsigned === undefined) return
    throw errors.malformed(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`)
  }
  const signed = new Set(signedHeaders)
  const missing = Object.keys(headers).filter(
    name => name.startsWith('x-amz-') && !signed.has(name) && !(kind === 'query' && name === 'x-amz-content-sha256'),
  )
  if (missing.length === 0) return
  throw new AwsError('AccessDenied', 'There were headers present in the request which were not signed', 403, {
    HeadersNotSigned: missing.join(', '),
  })
}

/** The hash that S3's client says its body has. A presigned address leaves the body open, unless it says otherwise. */
function payloadOf({ headers, query }: SandboxRequest, { kind }: Credential): string {
  // Some clients write it small in the query.
  const inQuery = kind === 'query' && /(?:^|&)x-amz-content-sha256=([^&]*)/i.exec(query)?.[1]
  const payload = inQuery || (headers['x-amz-content-sha256'] ?? (kind === 'query' ? 'UNSIGNED-PAYLOAD' : undefined))
  if (payload === undefined)
    throw new AwsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  if (SHA256.test(payload) || PAYLOADS.has(payload)) return payload
  throw new AwsError(
    'InvalidArgument',
    `x-amz-content-sha256 must be ${[...PAYLOADS].join(', ')}, or a valid sha256 value.`,
    400,
    { ArgumentName: 'x-amz-content-sha256', ArgumentValue: payload },
  )
}
