import { randomUUID } from 'node:crypto'
import type http from 'node:http'
import type http2 from 'node:http2'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { browserRefusal } from './browsers.ts'
import { plainRefusal, type SandboxReply, type SandboxRequest } from './exchange.ts'

export type Handler = (request: SandboxRequest) => Promise<SandboxReply>
export type Incoming = http.IncomingMessage | http2.Http2ServerRequest
export type Outgoing = http.ServerResponse | http2.Http2ServerResponse

/**
 * Of every answer: a page that gets hold of one may neither read it nor take it for something else (Fetch standard,
 * CORP and nosniff).
 */
export const PROTECTION = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** More headers than this is no AWS client: two kilobytes of an object's metadata are some hundred at most. */
const MAX_HEADERS = 200
/**
 * What is still to come of a body that nobody wants is read for so long, so that the client sees the answer before its
 * connection ends.
 */
const DRAIN_MS = 5_000

/** Answers one request, of a client that may be asked and speaks to this machine. */
export async function answer(incoming: Incoming, outgoing: Outgoing, handle: Handler): Promise<void> {
  const abort = new AbortController()
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) abort.abort()
  })
  const headers = readHeaders(incoming)
  const method = incoming.method ?? 'GET'
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  const reply =
    refusal(incoming, method, headers) ??
    (await handle({
      id: randomUUID(),
      method,
      path: mark < 0 ? url : url.slice(0, mark),
      query: mark < 0 ? '' : url.slice(mark + 1),
      headers,
      rawHeaders: incoming.rawHeaders,
      body: incoming as Readable,
      signal: abort.signal,
    }))
  await send(outgoing, reply)
  if (!incoming.readableEnded) drain(incoming)
}

function refusal(incoming: Incoming, method: string, headers: Record<string, string>): SandboxReply | undefined {
  const { rawHeaders, httpVersion } = incoming
  if (rawHeaders.length / 2 > MAX_HEADERS)
    return plainRefusal(
      `The Sluice sandbox takes ${MAX_HEADERS} headers of a request, not ${rawHeaders.length / 2}.`,
      431,
    )
  // RFC 9112, section 3.2: a request of HTTP/1.1 with no Host, or with two, is answered 400.
  const hosts = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length
  if (httpVersion.startsWith('1.') && (hosts > 1 || (hosts === 0 && httpVersion === '1.1')))
    return plainRefusal(`A request of HTTP/${httpVersion} has one Host header, and this one has ${hosts}.`, 400)
  if (!isLoopbackHost(headers.host))
    return plainRefusal(
      'The Sluice sandbox answers only to a loopback Host (127.0.0.1, localhost or [::1]). Use the address that ' +
        '"sluice sandbox" prints.',
    )
  const reason = browserRefusal(method, headers)
  if (reason !== undefined) return plainRefusal(reason)
  // RFC 9110, section 10.1.1; HTTP/1.0 has no expectations.
  if (httpVersion !== '1.0' && headers.expect !== undefined && !/(?:^|\W)100-continue(?:$|\W)/i.test(headers.expect))
    return plainRefusal('The Sluice sandbox knows no expectation but 100-continue.', 417)
  return undefined
}

function drain(incoming: Incoming): void {
  const timer = setTimeout(() => incoming.destroy(), DRAIN_MS)
  timer.unref()
  incoming.once('close', () => clearTimeout(timer))
  incoming.once('end', () => clearTimeout(timer))
  incoming.resume()
}

function readHeaders(incoming: Incoming): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value
  }
  headers.host ??= headers[':authority'] ?? ''
  return headers
}

async function send(outgoing: Outgoing, reply: SandboxReply): Promise<void> {
  const { body } = reply
  const response = outgoing as http.ServerResponse
  const headers: Record<string, string> = { ...PROTECTION, ...reply.headers }
  if (body instanceof Readable) {
    response.writeHead(reply.status, headers)
    await pipeline(body, response)
    return
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes && headers['content-length'] === undefined) headers['content-length'] = String(bytes.length)
  if (!bytes && headers['content-length'] === undefined && reply.status !== 204 && reply.status !== 304)
    headers['content-length'] = '0'
  response.writeHead(reply.status, headers)
  response.end(bytes)
}

/** `name.localhost` is loopback too (RFC 6761): S3 clients put the bucket in front. */
function isLoopbackHost(host: string | undefined): boolean {
  if (!host) return false
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)
}

const DISCONNECTS = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  // What a client does wrong in HTTP/2 ends its own session or stream.
  'ERR_HTTP2_ERROR',
  'ERR_HTTP2_INVALID_STREAM',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_TOO_MANY_INVALID_FRAMES',
])
/** Whether an error says no more than that the client went away. */
export const isDisconnect = (error: unknown): boolean =>
  error instanceof Error &&
  (DISCONNECTS.has((error as NodeJS.ErrnoException).code ?? '') || error.name === 'AbortError')
