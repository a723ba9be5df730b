import { randomBytes } from 'node:crypto'

/** What a portal of IAM Identity Center knows: clients, what somebody was asked to allow, and who is logged in. */
export interface PortalState {
  /** The portal's own address; `/authorize` and the page for codes are below it. */
  endpoint: string
  /** The instance of this region; undefined where it is in another one, and nobody can log in here. */
  instance: PortalInstance | undefined
  lifetimes: Lifetimes
  now: () => number
  clients: Map<string, Client>
  /** By the device's code. */
  devices: Map<string, DeviceRequest>
  /** What a browser was asked, by the id in its form. */
  requests: Map<string, AuthorizationRequest>
  codes: Map<string, IssuedCode>
  sessions: Set<Session>
  accessTokens: Map<string, IssuedToken>
  /** Each is good once: who refreshes gets a new one. */
  refreshTokens: Map<string, { session: Session; clientId: string }>
}

export interface PortalInstance {
  startUrl: string
  accounts: Account[]
}

export interface Account {
  accountId: string
  accountName: string
  emailAddress: string
  roles: string[]
}

/** How long each thing lasts, in seconds. */
export interface Lifetimes {
  client: number
  device: number
  code: number
  accessToken: number
  role: number
  /** How often a device may ask. */
  interval: number
}

export interface Client {
  clientId: string
  clientSecret: string
  expiresMs: number
  grantTypes: readonly string[]
  redirectUris: readonly string[]
}

export interface DeviceRequest {
  clientId: string
  startUrl: string
  userCode: string
  expiresMs: number
  intervalMs: number
  askedMs: number
  decision: 'pending' | 'allowed' | 'denied'
}

export interface AuthorizationRequest {
  clientId: string
  redirectUri: string
  state: string
  challenge: string
}

export interface IssuedCode extends AuthorizationRequest {
  expiresMs: number
}

/** Somebody who is logged in. */
export interface Session {
  startUrl: string
}

export interface IssuedToken {
  session: Session
  expiresMs: number
}

/** An hour is what a token of a session that can be refreshed lasts; a device is asked for ten minutes, as AWS does. */
export const LIFETIMES: Lifetimes = {
  client: 90 * 86_400,
  device: 600,
  code: 600,
  accessToken: 3_600,
  role: 3_600,
  interval: 1,
}

export const newSecret = (): string => randomBytes(24).toString('base64url')

/** The token of whoever is logged in again, or goes on being so. */
export function issueTokens(state: PortalState, session: Session, client: Client) {
  const accessToken = newSecret()
  state.sessions.add(session)
  state.accessTokens.set(accessToken, { session, expiresMs: state.now() + state.lifetimes.accessToken * 1_000 })
  const answer = { accessToken, tokenType: 'Bearer', expiresIn: state.lifetimes.accessToken }
  if (!client.grantTypes.includes('refresh_token')) return answer
  const refreshToken = newSecret()
  state.refreshTokens.set(refreshToken, { session, clientId: client.clientId })
  return { ...answer, refreshToken }
}
