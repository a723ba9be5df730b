import type { SandboxProtocol } from './exchange.ts'

/*
 * What distinguishes a browser from an AWS client. A page of any origin may send "simple" requests to loopback without
 * asking first (Fetch standard, "CORS-safelisted method" and "CORS-safelisted request-header"): GET, HEAD and POST,
 * with a form, text or no type. Browsers mark what they send; AWS SDKs, the AWS CLI and Spark send none of these marks.
 */

/** Set by browsers alone: a page can neither leave them out nor an AWS client want them. */
const MARKS = new Set([
  'origin',
  'referer',
  'cookie',
  'access-control-request-method',
  'access-control-request-headers',
  'access-control-request-private-network',
  'upgrade-insecure-requests',
  'service-worker',
])
/**
 * All names that scripts must not set (Fetch standard, "forbidden request-header"): Sec-Fetch-Site, Sec-WebSocket-Key,
 * Sec-CH-UA ...
 */
const MARK_PREFIX = 'sec-'

const NEXT =
  'Use the AWS CLI or an SDK, with the variables that "sluice sandbox" prints; to see what it holds, use the ' +
  'console ("sluice start").'

/** Why a request is refused whatever it asks for; undefined when nothing says that a browser sent it. */
export function browserRefusal(method: string, headers: Readonly<Record<string, string>>): string | undefined {
  for (const name in headers) {
    if (!MARKS.has(name) && !name.startsWith(MARK_PREFIX)) continue
    return (
      `The Sluice sandbox does not answer to web pages, and this request has the header ${name}, which only ` +
      `browsers send. ${NEXT}`
    )
  }
  if (method === 'OPTIONS')
    return (
      'The Sluice sandbox does not answer to web pages, and OPTIONS is how a browser asks for permission (CORS). ' +
      NEXT
    )
  if (method === 'CONNECT' || headers.upgrade?.toLowerCase().includes('websocket'))
    return `The Sluice sandbox speaks AWS's protocols over HTTP: it is no proxy, and has no WebSockets. ${NEXT}`
  return undefined
}

/** The types that a page may send without asking (Fetch standard, "CORS-safelisted request-header", content-type). */
const FORM_TYPE = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(?:;|$)/i

/** Whether a body is of the type that clients of the Query protocol send. */
export const isQueryForm = (contentType: string | undefined): boolean =>
  FORM_TYPE.exec(contentType ?? '')?.[1]?.toLowerCase() === 'application/x-www-form-urlencoded'

/**
 * Why a body's type is refused. Clients of the Query protocol send forms, and an object or an upload of S3 has any type
 * (`aws s3 cp a.txt` sends text/plain) where a header or a PUT shows that a script of no page sent it; nothing else
 * comes in these types.
 */
export function formRefusal(request: {
  protocol: SandboxProtocol
  method: string
  headers: Readonly<Record<string, string>>
}): string | undefined {
  const { protocol, method, headers } = request
  const type = FORM_TYPE.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase()
  if (type === undefined) return undefined
  // One that is not signed is refused as such, with the same status.
  if (protocol === 'query' && type === 'application/x-www-form-urlencoded') return undefined
  if (protocol === 's3' && (headers.authorization !== undefined || method !== 'POST')) return undefined
  return (
    `The Sluice sandbox does not take forms of web pages: no AWS client sends ${method} with the type ${type} ` +
    `here. ${NEXT}`
  )
}
