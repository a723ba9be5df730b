import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'
import { pageFile } from './page-files.ts'
import { socketLink } from './socket-link.ts'

export interface WebServer {
  /** The address to open, with the token that lets the browser in. */
  url: string
  close(): Promise<void>
}

export interface WebOptions {
  /** The folder of the built page. */
  folder: string
  port: number
  onLink: (link: Link<DownFrame, UpFrame>) => void
  log: (line: string) => void
}

/** The largest frame that a page may send: a statement of 100 kB and room around it. */
const MAX_FRAME_BYTES = 1024 * 1024
const COOKIE = 'sluice'

/**
 * Serves the page on loopback, and one socket to each that may have it. Who opens the printed address gets a cookie for its token; the
 * socket is opened only with that cookie, from the page's own origin, under a loopback name: neither another site in the same browser nor
 * a name that resolves to loopback gets in.
 */
export async function serveWeb(options: WebOptions): Promise<WebServer> {
  const token = randomBytes(24).toString('base64url')
  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      options.log(`web: ${request.url}: ${error}`)
      plain(response, 500, (error as Error).message)
    })
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES })
  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOf(request)
    if (refusal !== undefined || request.headers.origin !== `http://${request.headers.host}` || !hasCookie(request)) {
      socket.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, client => options.onLink(socketLink(client)))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request)
    if (refusal !== undefined) return plain(response, 403, refusal)
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'Only GET is answered here.')
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const offered = url.searchParams.get('token')
    if (offered !== null && isToken(offered)) {
      // The token leaves the address bar at once; the part behind # stays, for the browser keeps it.
      response.writeHead(303, {
        location: url.pathname,
        'set-cookie': `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`,
        'cache-control': 'no-store',
      })
      return void response.end()
    }
    if (!hasCookie(request))
      return plain(
        response,
        403,
        'Open the address that Sluice printed when it started: it carries the token that lets this browser in.',
      )
    const file = await pageFile(options.folder, url.pathname)
    response.writeHead(file.status, { ...file.headers, 'content-length': file.body.length })
    response.end(request.method === 'HEAD' ? undefined : file.body)
  }

  const isToken = (text: string): boolean => {
    const [a, b] = [Buffer.from(text), Buffer.from(token)]
    return a.length === b.length && timingSafeEqual(a, b)
  }
  const hasCookie = (request: IncomingMessage): boolean =>
    (request.headers.cookie ?? '')
      .split(/;\s*/)
      .some(entry => entry.startsWith(`${COOKIE}=`) && isToken(entry.slice(COOKIE.length + 1)))

  return {
    url: `http://127.0.0.1:${port}/?token=${token}`,
    async close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Why a request is not answered at all: a name that is not loopback's may be somebody else's. */
function refusalOf({ headers }: IncomingMessage): string | undefined {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '') ? undefined : 'Sluice answers on loopback only.'
}

function plain(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.end()
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${text}\n`)
}
