import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'
import { MAX_UP_FRAME_BYTES } from '../../../shared/rpc/limits.ts'
import { portRefusal } from '../port-refusal.ts'
import { type Admission, createAccess } from './access.ts'
import { pageFile } from './page-files.ts'
import { isLoopbackHost, requestPath } from './request-path.ts'
import { socketLink } from './socket-link.ts'

export interface WebServer {
  /** The address to open, with a token that lets one browser in, once. */
  url: string
  /** An address with a new token, for another browser; the token before is worth nothing from then on. */
  newUrl(): string
  close(): Promise<void>
}

export interface WebOptions {
  /** The folder of the built page. */
  folder: string
  port: number
  onLink: (link: Link<DownFrame, UpFrame>) => void
  log: (line: string) => void
  /** How its user gets a new address, in a sentence. */
  howToGetIn: string
  /** The view that a browser which was let in begins with: `/` and what is behind its #. The first page if left out. */
  view?: string
  /** The token let a browser in. */
  onTokenUsed?: () => void
  /** Monotonic. */
  nowMs?: () => number
}

/** A header of a page is some 1 kB, its request a line: what takes longer or is more is none of ours. */
const SERVER_LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
}
/** Browsers open six connections to a host, and one socket a tab. */
const MAX_CONNECTIONS = 256
const MAX_LINKS = 64
/** A page sends each frame whole; in pieces of a byte one would take a hundred times its memory. */
const MAX_PIECES = 1_024
/** How long the client of a refused connection may take to read why. */
const LAST_WORDS_MS = 1_000
const LINK_PATH = '/link'

const REFUSED: Record<Exclude<Admission['state'], 'let in'>, string> = {
  unknown: 'This address does not let anybody in.',
  used: 'This address was used already: it lets one browser in, once.',
  expired: 'This address was not used in time and has expired.',
}

/**
 * Serves the page on loopback, and one socket to each that may have it. Who opens the printed address gets a cookie for
 * its token, which is worth nothing then; the socket is opened only with that cookie, from the page's own origin, under
 * a loopback name: neither another site in the same browser nor a name that resolves to loopback gets in. Whatever
 * comes on a connection ends that connection at most.
 * @throws ExpectedError when the port cannot be had
 */
export async function serveWeb(options: WebOptions): Promise<WebServer> {
  const access = createAccess(options.nowMs ?? (() => performance.now()), options.onTokenUsed)
  // Known when it listens; nothing is answered before.
  const cookie = { name: '' }
  const door: Door = {
    access,
    cookie,
    hasCookie: request =>
      (request.headers.cookie ?? '')
        .split(/;\s*/)
        .some(entry => entry.startsWith(`${cookie.name}=`) && access.knows(entry.slice(cookie.name.length + 1))),
  }
  const server = createServer(SERVER_LIMITS, (request, response) => {
    answer(options, door, request, response).catch(error => {
      options.log(`web: a request failed: ${error}`)
      plain(response, 500, (error as Error).message)
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  const sockets = takeSockets(server, options, door)
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(portRefusal(error) ?? error))
    server.listen(options.port, '127.0.0.1', resolve)
  })
  server.on('error', error => options.log(`web: ${error.message}`))
  const { port } = server.address() as AddressInfo
  // Cookies are of a host, whatever its port: two consoles in one browser keep theirs apart by name.
  cookie.name = `sluice-${port}`

  const newUrl = () => `http://127.0.0.1:${port}/?token=${access.newToken()}`
  return {
    url: newUrl(),
    newUrl,
    async close() {
      for (const client of sockets.clients) client.terminate()
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Who may come in: by a token once, from then on by the cookie. */
interface Door {
  access: ReturnType<typeof createAccess>
  cookie: { name: string }
  hasCookie(request: IncomingMessage): boolean
}

/** Takes upgrades to sockets, and answers what is no request. */
function takeSockets(server: Server, { onLink, log }: WebOptions, { hasCookie }: Door): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_UP_FRAME_BYTES,
    maxFragments: MAX_PIECES,
    perMessageDeflate: false,
  })
  function upgradeRefusal(request: IncomingMessage): string | undefined {
    const { host, origin } = request.headers
    if (!isLoopbackHost(host) || origin !== `http://${host}` || !hasCookie(request)) return '403 Forbidden'
    if (requestPath(request)?.path !== LINK_PATH) return '404 Not Found'
    if (sockets.clients.size >= MAX_LINKS) return '503 Service Unavailable'
    return undefined
  }
  server.on('upgrade', (request, socket, head) => {
    // Node takes its own listener away with the upgrade; without one a reset would end the program.
    socket.on('error', () => socket.destroy())
    const refused = upgradeRefusal(request)
    if (refused !== undefined) return lastWords(socket, refused)
    sockets.handleUpgrade(request, socket, head, client => onLink(socketLink(client, log)))
  })
  server.on('clientError', (error, socket) => {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW'
    if (socket.writable) lastWords(socket, tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request')
    else socket.destroy()
  })
  return sockets
}

async function answer(
  options: WebOptions,
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLoopbackHost(request.headers.host)) return plain(response, 403, 'Sluice answers on loopback only.')
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'Only GET is answered here.')
  const asked = requestPath(request)
  if (!asked) return plain(response, 400, 'This request asks for no path of this host.')
  const token = asked.query.get('token')
  if (token !== null && request.method === 'GET') return admit(options, door, request, response, token)
  if (!door.hasCookie(request))
    return plain(response, 403, `Open the address that Sluice printed: it lets this browser in. ${options.howToGetIn}`)
  const file = await pageFile(options.folder, asked.path)
  response.writeHead(file.status, { ...file.headers, 'content-length': file.body.length })
  response.end(request.method === 'HEAD' ? undefined : file.body)
}

/**
 * The token leaves the address bar at once, for an address that is always the same; the part behind # stays, for the
 * browser keeps it.
 */
function admit(
  { view = '/', howToGetIn }: WebOptions,
  { access, cookie, hasCookie }: Door,
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
): void {
  // A browser that is in already leaves the token to another.
  if (hasCookie(request)) {
    goToPage(request, response, { cookie: {}, view })
    return
  }
  const admission = access.admit(token)
  if (admission.state === 'let in') {
    const header = `${cookie.name}=${admission.cookie}; HttpOnly; SameSite=Strict; Path=/`
    goToPage(request, response, { cookie: { 'set-cookie': header }, view })
  } else plain(response, 403, `${REFUSED[admission.state]} ${howToGetIn}`)
}

/**
 * Sends the browser to the page. What another site (or a file, as which the address is opened) led here brings no
 * SameSite=Strict cookie along through a redirect: it is sent on by a document of this origin instead.
 */
function goToPage(
  request: IncomingMessage,
  response: ServerResponse,
  { cookie, view }: { cookie: Record<string, string>; view: string },
): void {
  const headers = {
    ...cookie,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
  const site = request.headers['sec-fetch-site']
  if (site === undefined || site === 'none' || site === 'same-origin') {
    response.writeHead(303, { ...headers, location: view })
    return void response.end()
  }
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  })
  response.end(
    `<!doctype html><meta http-equiv="refresh" content="0;url=${view}"><title>Sluice</title><a ` +
      `href="${view}">Open the console</a>\n`,
  )
}

/**
 * The answer to what is refused before it is a request, or as an upgrade; its client has a moment to read it and to
 * hang up.
 */
function lastWords(socket: Duplex, status: string): void {
  socket.resume().end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS)
  socket.once('close', () => clearTimeout(timer))
}

function plain(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.end()
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  })
  response.end(`${text}\n`)
}
