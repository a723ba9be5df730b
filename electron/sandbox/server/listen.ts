import { randomUUID } from 'node:crypto'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SandboxReply, SandboxRequest } from './exchange.ts'

type Handler = (request: SandboxRequest) => Promise<SandboxReply>
type Incoming = http.IncomingMessage | http2.Http2ServerRequest
type Outgoing = http.ServerResponse | http2.Http2ServerResponse

const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0')
const MAX_HEADER_BYTES = 64 * 1024
/** A request whose headers or body take longer than this is cut off. */
const REQUEST_TIMEOUT_MS = 300_000

export interface Listener {
  port: number
  close(): Promise<void>
}

/**
 * Serves HTTP/1.1 and HTTP/2 with prior knowledge on one loopback port: the Kinesis client of the JavaScript SDK speaks HTTP/2, all
 * others HTTP/1.1. Only requests whose Host is loopback are answered, so that no web page can reach the sandbox by a name of its own
 * (DNS rebinding).
 */
export async function listen(options: { port: number; handle: Handler; onCrash: (error: unknown) => void }): Promise<Listener> {
  const onRequest = (incoming: Incoming, outgoing: Outgoing) => {
    void answer(incoming, outgoing, options.handle).catch(error => {
      if (!outgoing.destroyed) outgoing.destroy()
      if (!isDisconnect(error)) options.onCrash(error)
    })
  }
  const http1 = http.createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 60_000, noDelay: true },
    onRequest,
  )
  http1.on('checkContinue', (incoming, outgoing) => {
    const begin = () => {
      outgoing.writeContinue()
      onRequest(incoming, outgoing)
    }
    // Behind an answer that is still on its way Node queues this one, and would put its head before the 100 (OutgoingMessage's _send unshifts it).
    if (outgoing.socket) begin()
    else outgoing.once('socket', begin)
  })
  const http2Server = http2.createServer(
    { settings: { maxConcurrentStreams: 256, initialWindowSize: 8 * 1024 * 1024 }, maxSessionMemory: 256 },
    onRequest,
  )
  http2Server.on('session', session => session.setLocalWindowSize(64 * 1024 * 1024))
  http2Server.on('sessionError', error => {
    if (!isDisconnect(error)) options.onCrash(error)
  })

  const sockets = new Set<net.Socket>()
  const server = net.createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    sniff(socket, {
      http1: () => http1.emit('connection', socket),
      http2: first => http2Server.emit('connection', asDuplex(socket, first)),
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Looks at the first bytes of a connection: HTTP/2 begins with its preface, anything else is HTTP/1.1. */
function sniff(socket: net.Socket, found: { http1: () => void; http2: (first: Buffer) => void }): void {
  let seen: Buffer = Buffer.alloc(0)
  const onData = (chunk: Buffer) => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const compared = Math.min(seen.length, HTTP2_PREFACE.length)
    const couldBeHttp2 = seen.subarray(0, compared).equals(HTTP2_PREFACE.subarray(0, compared))
    if (couldBeHttp2 && compared < HTTP2_PREFACE.length) return
    socket.off('data', onData)
    socket.pause()
    if (couldBeHttp2) return found.http2(seen)
    socket.unshift(seen)
    found.http1()
    socket.resume()
  }
  socket.on('data', onData)
}

/** Node's HTTP/2 session reads the handle of a socket directly and would miss the bytes already read; through a stream it does not. */
function asDuplex(socket: net.Socket, first: Buffer): Duplex {
  const duplex = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, error => done(error)),
    final: done => void socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  duplex.push(first)
  socket.on('data', chunk => duplex.push(chunk) || socket.pause())
  socket.on('end', () => duplex.push(null))
  socket.on('close', () => duplex.destroy())
  socket.resume()
  return duplex
}

async function answer(incoming: Incoming, outgoing: Outgoing, handle: Handler): Promise<void> {
  const abort = new AbortController()
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) abort.abort()
  })
  const headers = readHeaders(incoming)
  if (!isLoopbackHost(headers.host)) {
    return send(outgoing, {
      status: 403,
      headers: { 'content-type': 'text/plain' },
      body: 'The Sluice sandbox answers only to a loopback Host (127.0.0.1, localhost or [::1]).\n',
    })
  }
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  const reply = await handle({
    id: randomUUID(),
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers,
    body: incoming as Readable,
    signal: abort.signal,
  })
  await send(outgoing, reply)
  if (!incoming.readableEnded) incoming.resume()
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
  if (body instanceof Readable) {
    response.writeHead(reply.status, reply.headers)
    await pipeline(body, response)
    return
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const headers = { ...reply.headers }
  if (bytes && headers['content-length'] === undefined) headers['content-length'] = String(bytes.length)
  if (!bytes && headers['content-length'] === undefined && reply.status !== 204 && reply.status !== 304)
    headers['content-length'] = '0'
  response.writeHead(reply.status, headers)
  response.end(bytes)
}

/** `name.localhost` is loopback too (RFC 6761): S3 clients put the bucket in front. */
export function isLoopbackHost(host: string | undefined): boolean {
  if (!host) return false
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)
}

const DISCONNECTS = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_INVALID_STREAM',
  'ERR_STREAM_DESTROYED',
])
const isDisconnect = (error: unknown): boolean =>
  error instanceof Error && (DISCONNECTS.has((error as NodeJS.ErrnoException).code ?? '') || error.name === 'AbortError')
