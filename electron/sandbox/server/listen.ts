import http from 'node:http'
import http2 from 'node:http2'
import type net from 'node:net'
import { Duplex } from 'node:stream'
import { answer, type Handler, type Incoming, isDisconnect, type Outgoing, PROTECTION } from './answer.ts'

const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0')
const MAX_HEADER_BYTES = 64 * 1024
/** All of a console, its job and Spark together need some hundred. */
const MAX_CONNECTIONS = 4_096

/** How long a client may take. What goes on, however slowly, is not cut. */
export interface ListenLimits {
  /** From the first byte, or from the connection, to the end of a request's headers. */
  headersMs: number
  /** Without a byte in either direction, while a request or its answer is on its way. */
  stalledMs: number
  /** Between two requests of a connection. */
  idleMs: number
}
const LIMITS: ListenLimits = { headersMs: 30_000, stalledMs: 120_000, idleMs: 60_000 }

export interface Listener {
  port: number
  close(): Promise<void>
}

/**
 * Serves HTTP/1.1 and HTTP/2 with prior knowledge on one loopback port: the Kinesis client of the JavaScript SDK speaks
 * HTTP/2, all others HTTP/1.1. Only requests whose Host is loopback are answered, so that no web page can reach the
 * sandbox by a name of its own (DNS rebinding), and none that a browser sends.
 */
export async function listen(options: {
  port: number
  handle: Handler
  onCrash: (error: unknown) => void
  limits?: ListenLimits
}): Promise<Listener> {
  const limits = options.limits ?? LIMITS
  const onRequest = (incoming: Incoming, outgoing: Outgoing) => {
    void answer(incoming, outgoing, options.handle).catch(error => {
      if (!outgoing.destroyed) outgoing.destroy()
      if (!isDisconnect(error)) options.onCrash(error)
    })
  }
  const http1 = http1Server(limits, onRequest)
  const http2Server = createHttp2Server(limits, onRequest, options.onCrash)
  // The server of HTTP/1.1 listens, so that Node enforces the timeouts of its connections; each is given to it only
  // when it is one of its own.
  const [serveHttp1] = http1.listeners('connection') as [(socket: net.Socket) => void]
  http1.removeAllListeners('connection')

  const sockets = new Set<net.Socket>()
  http1.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    sniff(socket, limits.headersMs, {
      http1: () => serveHttp1.call(http1, socket),
      http2: first => http2Server.emit('connection', asDuplex(socket, first)),
    })
  })
  await new Promise<void>((resolve, reject) => {
    http1.once('error', reject)
    http1.listen(options.port, '127.0.0.1', () => {
      http1.off('error', reject)
      resolve()
    })
  })
  return {
    port: (http1.address() as net.AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        http1.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function http1Server(limits: ListenLimits, onRequest: (incoming: Incoming, outgoing: Outgoing) => void): http.Server {
  const server = http.createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headersMs / 2),
      // A request may take as long as it goes on: an upload of 5 GiB does.
      requestTimeout: 0,
      keepAliveTimeout: limits.idleMs,
      noDelay: true,
      // Node would answer by itself, without the headers that protect all answers: `answer` refuses it.
      requireHostHeader: false,
    },
    (incoming, outgoing) => {
      current.set(incoming.socket, { incoming, outgoing })
      onRequest(incoming, outgoing)
    },
  )
  // Node would leave out what is over its count, a mark of a browser perhaps; the bytes are limited, and `answer`
  // counts.
  server.maxHeadersCount = 0
  server.maxConnections = MAX_CONNECTIONS
  const current = new WeakMap<Duplex, { incoming: http.IncomingMessage; outgoing: http.ServerResponse }>()
  server.setTimeout(limits.stalledMs, socket => {
    const exchange = current.get(socket)
    // A client whose request is here waits for the sandbox; one that does not take its answer delays it itself.
    const waits = exchange?.incoming.complete && !exchange.outgoing.writableFinished && socket.writableLength === 0
    if (waits) socket.setTimeout(limits.stalledMs)
    else socket.destroy()
  })
  server.on('checkContinue', (incoming, outgoing) => {
    const begin = () => {
      outgoing.writeContinue()
      server.emit('request', incoming, outgoing)
    }
    // Behind an answer that is still on its way Node queues this one, and would put its head before the 100
    // (OutgoingMessage's _send unshifts it).
    if (outgoing.socket) begin()
    else outgoing.once('socket', begin)
  })
  // The same: `answer` refuses what it does not know.
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing))
  server.on('connect', (_, socket: Duplex) => {
    socket.on('error', () => socket.destroy())
    refuseRaw(socket, '403 Forbidden', 'The Sluice sandbox is no proxy: it does not CONNECT to anything.')
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || isDisconnect(error)) socket.destroy()
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
      refuseRaw(socket, '408 Request Timeout', 'The headers took too long.')
    else if (error.code === 'HPE_HEADER_OVERFLOW')
      refuseRaw(socket, '431 Request Header Fields Too Large', `The headers are longer than ${MAX_HEADER_BYTES} bytes.`)
    else refuseRaw(socket, '400 Bad Request', 'This is not HTTP/1.1.')
  })
  return server
}

/** Answers what Node made no request of, and ends the connection. */
function refuseRaw(socket: Duplex, status: string, sentence: string): void {
  const body = `${sentence}\n`
  const headers = {
    ...PROTECTION,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy())
}

function createHttp2Server(
  limits: ListenLimits,
  onRequest: (incoming: Incoming, outgoing: Outgoing) => void,
  onCrash: (error: unknown) => void,
): http2.Http2Server {
  const server = http2.createServer(
    {
      settings: { maxConcurrentStreams: 256, initialWindowSize: 8 * 1024 * 1024, maxHeaderListSize: MAX_HEADER_BYTES },
      maxSessionMemory: 256,
      maxHeaderListPairs: 256,
    },
    onRequest,
  )
  server.on('connect', onRequest)
  server.on('checkExpectation', onRequest)
  server.on('session', session => {
    session.setLocalWindowSize(64 * 1024 * 1024)
    let streams = 0
    // From its first byte until its first request a session may take as long as headers may; after that, as a
    // connection that is kept.
    session.setTimeout(limits.headersMs, () => {
      if (streams === 0) session.close()
      // Headers that never end, or a session that does not close: there is no stream to wait for.
      if (streams === 0) setTimeout(() => session.destroy(), limits.headersMs).unref()
    })
    session.on('stream', stream => {
      streams++
      session.setTimeout(limits.idleMs)
      stream.once('close', () => {
        streams--
      })
      // Set again by each byte of it in either direction.
      stream.setTimeout(limits.stalledMs, () => {
        const isWhole = stream.state.state === http2.constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE
        if (isWhole && !stream.headersSent) stream.setTimeout(limits.stalledMs)
        else stream.close(http2.constants.NGHTTP2_CANCEL)
      })
    })
  })
  server.on('sessionError', error => {
    if (!isDisconnect(error)) onCrash(error)
  })
  return server
}

/** Reads the first bytes of a connection: HTTP/2 begins with its preface, anything else is HTTP/1.1. */
function sniff(
  socket: net.Socket,
  withinMs: number,
  found: { http1: () => void; http2: (first: Buffer) => void },
): void {
  let seen: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), withinMs)
  socket.once('close', () => clearTimeout(timer))
  // A client that sends no more than that gets no answer.
  const onEnd = () => socket.destroy()
  socket.once('end', onEnd)
  const onData = (chunk: Buffer) => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const compared = Math.min(seen.length, HTTP2_PREFACE.length)
    const couldBeHttp2 = seen.subarray(0, compared).equals(HTTP2_PREFACE.subarray(0, compared))
    if (couldBeHttp2 && compared < HTTP2_PREFACE.length) return
    clearTimeout(timer)
    socket.off('end', onEnd)
    socket.off('data', onData)
    socket.pause()
    if (couldBeHttp2) return found.http2(seen)
    socket.unshift(seen)
    found.http1()
    socket.resume()
  }
  socket.on('data', onData)
}

/**
 * Node's HTTP/2 session reads the handle of a socket directly and would miss the bytes already read; through a stream
 * it does not.
 */
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
