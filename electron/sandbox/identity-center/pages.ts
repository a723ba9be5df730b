import { escapeXml } from '../server/query-protocol.ts'
import { isSamePlace } from './operations/start-device-authorization.ts'
import { newSecret, type PortalState } from './state.ts'

/** What a browser is answered: a page, or where to go next. */
export interface PageReply {
  status: number
  html?: string
  location?: string
}

/** RFC 6749, section 4.1.2.1: what is wrong with client or redirect address is shown here, and nobody is sent there. */
export function authorizePage(state: PortalState, query: URLSearchParams): PageReply {
  const client = state.clients.get(query.get('client_id') ?? '')
  const redirectUri = query.get('redirect_uri') ?? ''
  if (!client?.redirectUris.some(uri => isSameButPort(uri, redirectUri))) return refusal('invalid_request')
  // github.com/aws/aws-cli/issues/5058
  if (!state.instance) return refusal('Invalid grant provided')
  const challenge = query.get('code_challenge') ?? ''
  if (query.get('response_type') !== 'code' || query.get('code_challenge_method') !== 'S256' || challenge === '')
    return back(redirectUri, { error: 'invalid_request', state: query.get('state') ?? '' })
  const id = newSecret()
  state.requests.set(id, {
    clientId: client.clientId,
    redirectUri,
    state: query.get('state') ?? '',
    challenge,
  })
  return question('/authorize', id, 'Allow Sluice to access your accounts?')
}

export function decideAuthorization(state: PortalState, form: URLSearchParams): PageReply {
  const id = form.get('request') ?? ''
  const request = state.requests.get(id)
  state.requests.delete(id)
  if (!request) return refusal('invalid_request')
  if (form.get('decision') !== 'allow')
    return back(request.redirectUri, { error: 'access_denied', state: request.state })
  const code = newSecret()
  state.codes.set(code, { ...request, expiresMs: state.now() + state.lifetimes.code * 1_000 })
  return back(request.redirectUri, { code, state: request.state })
}

export const devicePage = (_state: PortalState, query: URLSearchParams): PageReply =>
  question('/device', query.get('user_code') ?? '', 'Does the program show this code?')

export function decideDevice(state: PortalState, form: URLSearchParams): PageReply {
  const device = [...state.devices.values()].find(({ userCode }) => userCode === form.get('request'))
  if (!device || device.expiresMs <= state.now()) return refusal('Invalid code')
  if (!state.instance || !isSamePlace(state.instance.startUrl, device.startUrl))
    return refusal('Invalid grant provided')
  device.decision = form.get('decision') === 'allow' ? 'allowed' : 'denied'
  return page(200, `<p>Request ${device.decision === 'allowed' ? 'approved' : 'denied'}</p>`)
}

/** RFC 8252, section 7.3: a program's loopback address may have any port. */
function isSameButPort(registered: string, asked: string): boolean {
  if (!URL.canParse(registered) || !URL.canParse(asked)) return false
  const one = new URL(registered)
  const other = new URL(asked)
  return one.protocol === other.protocol && one.hostname === other.hostname && one.pathname === other.pathname
}

function back(redirectUri: string, parameters: Record<string, string>): PageReply {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { status: 302, location: url.href }
}

const refusal = (words: string): PageReply => page(400, `<p role="alert">${escapeXml(words)}</p>`)

const question = (action: string, request: string, words: string): PageReply =>
  page(
    200,
    `<form method="post" action="${action}"><p>${words} <code>${escapeXml(request)}</code></p>` +
      `<input type="hidden" name="request" value="${escapeXml(request)}">` +
      '<button name="decision" value="allow">Allow access</button> ' +
      '<button name="decision" value="deny">Cancel</button></form>',
  )

const page = (status: number, body: string): PageReply => ({
  status,
  html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox sign-in</title>${body}</html>`,
})
