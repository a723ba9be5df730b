import { createHash } from 'node:crypto'
import {
  GetRoleCredentialsCommand,
  ListAccountRolesCommand,
  LogoutCommand,
  paginateListAccounts,
  SSOClient,
} from '@aws-sdk/client-sso'
import {
  CreateTokenCommand,
  RegisterClientCommand,
  type RegisterClientCommandOutput,
  SSOOIDCClient,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPortal, type Portal } from '../../../electron/sandbox/identity-center/portal.ts'
import { CORP } from '../../fixture/portal.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const CALLBACK = 'http://127.0.0.1:4242/oauth/callback'
const VERIFIER = 'v'.repeat(64)

let nowMs: number
let portal: Portal
let oidc: SSOOIDCClient
let sso: SSOClient

beforeEach(async () => {
  nowMs = Date.parse('2026-12-01T12:00:00Z')
  portal = await openPortal({ instance: CORP, now: () => nowMs })
  const common = { region: 'eu-central-1', endpoint: portal.endpoint, maxAttempts: 1 }
  oidc = new SSOOIDCClient(common)
  sso = new SSOClient(common)
})
afterEach(async () => {
  oidc.destroy()
  sso.destroy()
  await portal.close()
})

const withCode = () =>
  oidc.send(
    new RegisterClientCommand({
      clientName: 'test',
      clientType: 'public',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: ['http://127.0.0.1/oauth/callback'],
      issuerUrl: CORP.startUrl,
      scopes: ['sso:account:access'],
    }),
  )
const ofDevice = (scopes?: string[]) =>
  oidc.send(new RegisterClientCommand({ clientName: 'test', clientType: 'public', ...(scopes && { scopes }) }))

/** What somebody's browser does: reads the page, and answers its question. */
async function decide(url: string, decision: 'allow' | 'deny'): Promise<Response> {
  const html = await (await fetch(url)).text()
  const request = /name="request" value="([^"]+)"/.exec(html)?.[1] ?? ''
  return fetch(new URL(url).origin + new URL(url).pathname, {
    method: 'POST',
    body: new URLSearchParams({ request, decision }),
    redirect: 'manual',
  })
}

const authorizeUrl = ({ clientId }: RegisterClientCommandOutput, changes: Record<string, string> = {}) =>
  `${portal.endpoint}/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: clientId ?? '',
    redirect_uri: CALLBACK,
    state: 'mine',
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    scopes: 'sso:account:access',
    ...changes,
  })}`

async function codeOf(client: RegisterClientCommandOutput): Promise<string> {
  const answer = await decide(authorizeUrl(client), 'allow')
  return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
}

const tokenFor = ({ clientId, clientSecret }: RegisterClientCommandOutput, rest: object) =>
  oidc.send(new CreateTokenCommand({ clientId, clientSecret, grantType: 'authorization_code', ...rest }))

describe('the portal of the sandbox, with a code', () => {
  it('gives tokens once for a code, its verifier and its address of return', async () => {
    const client = await withCode()
    const code = await codeOf(client)
    const given = await tokenFor(client, { code, codeVerifier: VERIFIER, redirectUri: CALLBACK })
    expect(given).toMatchObject({ tokenType: 'Bearer', expiresIn: 3_600, refreshToken: expect.any(String) })
    await expect(tokenFor(client, { code, codeVerifier: VERIFIER, redirectUri: CALLBACK })).rejects.toMatchObject({
      name: 'InvalidGrantException',
      error: 'invalid_grant',
    })
  })

  it('refuses a code with another verifier, another address of return, or after its time', async () => {
    const client = await withCode()
    const refused = (rest: object) =>
      expect(tokenFor(client, { codeVerifier: VERIFIER, redirectUri: CALLBACK, ...rest }))
    await refused({ code: await codeOf(client), codeVerifier: 'other' }).rejects.toThrow()
    await refused({ code: await codeOf(client), redirectUri: `${CALLBACK}2` }).rejects.toThrow()
    const code = await codeOf(client)
    nowMs += 600_000
    await refused({ code }).rejects.toMatchObject({ name: 'ExpiredTokenException', error: 'expired_token' })
  })

  it('sends a browser back with access_denied when somebody cancels, and nowhere for an unknown client', async () => {
    const client = await withCode()
    const denied = await decide(authorizeUrl(client), 'deny')
    expect(denied.headers.get('location')).toBe(`${CALLBACK}?error=access_denied&state=mine`)
    const stranger = await fetch(authorizeUrl(client, { redirect_uri: 'http://127.0.0.1:1/other' }), {
      redirect: 'manual',
    })
    expect(stranger.status).toBe(400)
  })

  it('replaces a refresh token as it is used, and takes none after the session was revoked', async () => {
    const client = await withCode()
    const rest = { codeVerifier: VERIFIER, redirectUri: CALLBACK }
    const { refreshToken } = await tokenFor(client, { ...rest, code: await codeOf(client) })
    const second = await tokenFor(client, { grantType: 'refresh_token', refreshToken })
    expect(second.refreshToken).not.toBe(refreshToken)
    await expect(tokenFor(client, { grantType: 'refresh_token', refreshToken })).rejects.toMatchObject({
      name: 'InvalidGrantException',
    })
    portal.revoke()
    const { refreshToken: newest } = second
    await expect(tokenFor(client, { grantType: 'refresh_token', refreshToken: newest })).rejects.toThrow()
  })
})

describe('the portal of the sandbox, with a device', () => {
  it('is pending until somebody allows it, slows down who asks too often, and says no when it is denied', async () => {
    const client = await ofDevice()
    const { clientId, clientSecret } = client
    const start = () =>
      oidc.send(new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: `${CORP.startUrl}/#/` }))
    const first = await start()
    const ask = (deviceCode: string | undefined) => tokenFor(client, { grantType: DEVICE_CODE, deviceCode })
    await expect(ask(first.deviceCode)).rejects.toMatchObject({ name: 'AuthorizationPendingException' })
    await expect(ask(first.deviceCode)).rejects.toMatchObject({ name: 'SlowDownException', error: 'slow_down' })
    await decide(first.verificationUriComplete ?? '', 'allow')
    const given = await ask(first.deviceCode)
    expect(given.accessToken).toEqual(expect.any(String))
    // Without scopes it is a login of old, which cannot be refreshed.
    expect(given.refreshToken).toBeUndefined()
    const second = await start()
    await decide(second.verificationUriComplete ?? '', 'deny')
    await expect(ask(second.deviceCode)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      error: 'access_denied',
    })
    const third = await start()
    nowMs += 600_000
    await expect(ask(third.deviceCode)).rejects.toMatchObject({ name: 'ExpiredTokenException' })
  })

  it('refuses a start address that is not its own', async () => {
    const { clientId, clientSecret } = await ofDevice()
    const start = new StartDeviceAuthorizationCommand({
      clientId,
      clientSecret,
      startUrl: 'https://x.awsapps.com/start',
    })
    await expect(oidc.send(start)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  })
})

describe('the portal of the sandbox, with a token', () => {
  const logIn = async (): Promise<string> => {
    const client = await withCode()
    const rest = { code: await codeOf(client), codeVerifier: VERIFIER, redirectUri: CALLBACK }
    return (await tokenFor(client, rest)).accessToken ?? ''
  }

  it('lists accounts page by page, and the roles of each', async () => {
    const accessToken = await logIn()
    const found: (string | undefined)[] = []
    for await (const page of paginateListAccounts({ client: sso, pageSize: 1 }, { accessToken }))
      found.push(...(page.accountList ?? []).map(({ accountId }) => accountId))
    expect(found).toEqual(['111122223333', '444455556666'])
    const { roleList } = await sso.send(new ListAccountRolesCommand({ accessToken, accountId: '111122223333' }))
    expect(roleList?.map(({ roleName }) => roleName)).toEqual(['ReadOnly', 'Admin'])
  })

  it('gives credentials of a role that is assigned, and of no other', async () => {
    const accessToken = await logIn()
    const ask = (roleName: string) =>
      sso.send(new GetRoleCredentialsCommand({ accessToken, accountId: '111122223333', roleName }))
    expect((await ask('ReadOnly')).roleCredentials).toMatchObject({ expiration: nowMs + 3_600_000 })
    await expect(ask('Other')).rejects.toMatchObject({ name: 'ForbiddenException' })
  })

  it('knows no token that has expired or was logged out', async () => {
    const accessToken = await logIn()
    const ask = () => sso.send(new ListAccountRolesCommand({ accessToken, accountId: '111122223333' }))
    await sso.send(new LogoutCommand({ accessToken }))
    const unknown = { name: 'UnauthorizedException', message: 'Session token not found or invalid' }
    await expect(ask()).rejects.toMatchObject(unknown)
    const other = await logIn()
    nowMs += 3_600_000
    await expect(
      sso.send(new ListAccountRolesCommand({ accessToken: other, accountId: '111122223333' })),
    ).rejects.toMatchObject(unknown)
  })
})
