import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { AwsError, notImplemented } from '../server/aws-error.ts'
import type { PortalOperation } from './operation.ts'
import { createToken } from './operations/create-token.ts'
import { getRoleCredentials } from './operations/get-role-credentials.ts'
import { listAccountRoles } from './operations/list-account-roles.ts'
import { listAccounts } from './operations/list-accounts.ts'
import { logout } from './operations/logout.ts'
import { registerClient } from './operations/register-client.ts'
import { startDeviceAuthorization } from './operations/start-device-authorization.ts'
import { authorizePage, decideAuthorization, decideDevice, devicePage, type PageReply } from './pages.ts'
import { LIFETIMES, type Lifetimes, type PortalInstance, type PortalState } from './state.ts'

const OPERATIONS: readonly PortalOperation[] = [
  registerClient,
  startDeviceAuthorization,
  createToken,
  getRoleCredentials,
  listAccounts,
  listAccountRoles,
  logout,
]
const PAGES: Record<string, (state: PortalState, parameters: URLSearchParams) => PageReply> = {
  'GET /authorize': authorizePage,
  'POST /authorize': decideAuthorization,
  'GET /device': devicePage,
  'POST /device': decideDevice,
}

/** Asked before an operation is done: what it returns is answered instead. */
export type Fault = (operation: string) => AwsError | undefined | Promise<AwsError | undefined>

export interface Portal {
  endpoint: string
  state: PortalState
  /** The operations that were asked for, in their order. */
  asked: string[]
  /** What goes wrong from now on. */
  setFault(fault: Fault | undefined): void
  /** Everybody is logged out, as an administrator does it. */
  revoke(): void
  close(): Promise<void>
}

/**
 * IAM Identity Center in one region: the access portal (SSO), SSO OIDC and the two pages that a browser sees. It has a
 * port of its own: nothing here is signed, and browsers are let in, which the sandbox's port never does. It keeps its
 * state in memory.
 */
export async function openPortal(options: {
  instance?: PortalInstance
  lifetimes?: Partial<Lifetimes>
  now: () => number
}): Promise<Portal> {
  const asked: string[] = []
  let fault: Fault | undefined
  const server = createServer((request, response) => {
    answer(request, response).catch(error => response.destroy(error))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const state: PortalState = {
    endpoint,
    instance: options.instance,
    lifetimes: { ...LIFETIMES, ...options.lifetimes },
    now: options.now,
    clients: new Map(),
    devices: new Map(),
    requests: new Map(),
    codes: new Map(),
    sessions: new Set(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', endpoint)
    const body = await text(request)
    response.setHeader('date', new Date(state.now()).toUTCString())
    const pageOf = PAGES[`${request.method} ${url.pathname}`]
    if (pageOf) return sendPage(response, pageOf(state, request.method === 'GET' ? url.searchParams : asForm(body)))
    const operation = OPERATIONS.find(({ method, path }) => method === request.method && path === url.pathname)
    try {
      if (!operation) throw notImplemented('identity-center', `${request.method} ${url.pathname}`)
      asked.push(operation.name)
      const injected = await fault?.(operation.name)
      if (injected) throw injected
      const token = request.headers['x-amz-sso_bearer_token'] as string | undefined
      const output = operation.run(state, { query: url.searchParams, token, body: parsed(body) })
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(output ?? {}))
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      sendError(response, error)
    }
  }

  return {
    endpoint,
    state,
    asked,
    setFault(next) {
      fault = next
    },
    revoke: () => state.sessions.clear(),
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

function sendPage(response: ServerResponse, { status, html = '', location }: PageReply): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...(location && { location }) }).end(html)
}

function sendError(response: ServerResponse, { code, message, status, fields }: AwsError): void {
  const body = Object.keys(fields).length > 0 ? fields : { message }
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': code }).end(JSON.stringify(body))
}

const asForm = (body: string): URLSearchParams => new URLSearchParams(body)

function parsed(body: string): unknown {
  if (body === '') return {}
  try {
    return JSON.parse(body)
  } catch (error) {
    if (error instanceof SyntaxError) throw new AwsError('InvalidRequestException', 'The body is not JSON', 400)
    throw error
  }
}
