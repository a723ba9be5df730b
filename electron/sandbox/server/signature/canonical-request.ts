import type { SandboxRequest } from '../exchange.ts'

/*
 * The canonical form of a request (IAM User Guide, "Create a signed AWS API request", step 1), which both sides
 * compute.
 */

/** Every byte but A-Z a-z 0-9 - . _ ~ as %XY. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** Encoded once, however it was sent; what is no UTF-8 stays as it came, and is refused by whom it is for. */
function encodeOnce(text: string): string {
  try {
    return encode(decodeURIComponent(text))
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}

/** The path of an object as it was sent, encoded once; dots and double slashes are part of a key. */
const objectPath = (path: string): string => path.split('/').map(encodeOnce).join('/')

/** Any other path without dots and empty segments, and encoded once more than it was sent. */
function otherPath(path: string): string {
  if (path === '/' || path === '') return '/'
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(encode(segment))
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${segments.join('/')}${end}`
}

/** The parameters in the order of their encoded names and values; without the signature itself. */
function canonicalQuery(query: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .filter(pair => pair !== '' && !pair.startsWith('X-Amz-Signature='))
    .map(pair => {
      const equals = pair.indexOf('=')
      const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
      return [encodeOnce(name), encodeOnce(value)] as const
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/**
 * A header's value without blanks around it or doubled within; one that came more than once joined by a comma alone.
 */
function headerValue({ headers, rawHeaders }: SandboxRequest, name: string): string {
  const joined = headers[name] ?? ''
  const value = joined.includes(', ') ? valuesOf(rawHeaders, name).join(',') || joined : joined
  return value.trim().replace(/\s+/g, ' ')
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) values.push((rawHeaders[at + 1] ?? '').trim())
  return values
}

/**
 * The canonical forms of a path, of which a client has signed one. S3 encodes a path once, and clients that sign what
 * they send (the SDK for JavaScript does) may have encoded less or more than S3 would; all other services encode twice.
 */
export function canonicalPaths({ path }: SandboxRequest, isObject: boolean): readonly string[] {
  if (!isObject) return [otherPath(path)]
  const once = objectPath(path)
  return once === path ? [path] : [once, path]
}

/** The canonical request, with the hash of its body as the client says it, or as it is. */
export function canonicalRequest(
  request: SandboxRequest,
  signed: { path: string; headers: readonly string[]; payloadHash: string },
): string {
  const headers = signed.headers.map(name => `${name}:${headerValue(request, name)}\n`).join('')
  const query = canonicalQuery(request.query)
  return `${request.method}\n${signed.path}\n${query}\n${headers}\n${signed.headers.join(';')}\n${signed.payloadHash}`
}
