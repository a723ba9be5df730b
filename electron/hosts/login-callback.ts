import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Callback, LoginHost } from '../core/targets/profiles/login/login-host.ts'

const PATH = '/oauth/callback'

/**
 * The port that a browser is sent back to after a login. It listens on 127.0.0.1 alone, and takes one answer: the one
 * with the state that this login sent. Whatever else asks is refused, and the login goes on waiting.
 */
export const loginHost: LoginHost = {
  async openCallback(state) {
    let port = 0
    let sent: Promise<unknown> = Promise.resolve()
    let resolve: (answer: Callback) => void = () => undefined
    const promise = new Promise<Callback>(taken => {
      resolve = taken
    })
    const server = createServer((request, response) => {
      const parameters = parametersOf(request, port)
      const answer = parameters && parameters.get('state') === state ? callbackOf(parameters) : undefined
      sent = Promise.all([sent, new Promise(over => response.once('close', over))])
      sendPage(response, answer)
      if (answer) resolve(answer)
    })
    await new Promise<void>((opened, failed) => {
      server.once('error', failed)
      server.listen(0, '127.0.0.1', opened)
    })
    port = (server.address() as AddressInfo).port
    return {
      redirectUri: `http://127.0.0.1:${port}${PATH}`,
      answer: promise,
      async close() {
        const closed = new Promise<void>(over => server.close(() => over()))
        // A page that is on its way is let out; the connections that a browser keeps are not waited for.
        await sent
        server.closeAllConnections()
        await closed
      },
    }
  },
}

/** What a browser brings; nothing of what asks for another page, or by another name than the one it was given. */
function parametersOf({ method, url = '', headers }: IncomingMessage, port: number): URLSearchParams | undefined {
  if (method !== 'GET' || headers.host !== `127.0.0.1:${port}` || !URL.canParse(url, 'http://127.0.0.1'))
    return undefined
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  return pathname === PATH ? searchParams : undefined
}

function callbackOf(parameters: URLSearchParams): Callback | undefined {
  const error = parameters.get('error')
  if (error !== null) return { error, description: parameters.get('error_description') }
  const code = parameters.get('code')
  return code ? { code } : undefined
}

/** Nothing of what was sent is on the page. */
function sendPage(response: ServerResponse, answer: Callback | undefined): void {
  const [status, title, words] =
    answer === undefined
      ? ([
          400,
          'Not an answer to this login',
          'Sluice did not take it. Log in by the address that Sluice shows.',
        ] as const)
      : 'code' in answer
        ? ([200, 'Sluice has the answer', 'You can close this window and go back to Sluice.'] as const)
        : ([200, 'Nobody was logged in', 'You can close this window. Sluice says why.'] as const)
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">` +
      `<title>${title}</title><h1>${title}</h1><p>${words}</p></html>`,
  )
}
