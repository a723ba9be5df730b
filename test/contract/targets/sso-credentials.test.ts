import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  answerForAws,
  asked,
  CLIENT,
  credentials,
  failureOf,
  home,
  kept,
  logIn,
  NOW,
  refusals,
  SESSION,
  SSO,
  TOKEN_FILE,
} from './aws-answers.ts'

answerForAws()

describe('credentials of single sign-on', () => {
  beforeEach(() => home.config(`[profile "my team"]\n${SSO}\n${SESSION}`))

  it('are those of the role that is named, by the token of the AWS CLI, in the region of the session', async () => {
    await logIn({ expiresAt: '2026-12-01T18:00:00Z', ...CLIENT })
    expect(await credentials('my team').provide()).toMatchObject({
      accessKeyId: 'ASIAPORTAL',
      accountId: '111122223333',
    })
    expect(asked).toMatchObject([
      {
        host: 'portal.sso.eu-central-1.amazonaws.com',
        path: '/federation/credentials?account_id=111122223333&role_name=ReadOnly',
        token: 'old',
      },
    ])
  })

  it('are got once for all requests that wait, and kept while they last', async () => {
    await logIn({ expiresAt: '2026-12-01T18:00:00Z' })
    let nowMs = NOW
    const { provide } = credentials('my team', { now: () => nowMs })
    await Promise.all([provide(), provide(), provide()])
    await provide()
    expect(asked).toHaveLength(1)
    nowMs = NOW + 56 * 60_000
    await provide()
    expect(asked).toHaveLength(2)
  })

  it('refresh a token that ends within 15 minutes, and keep it where the AWS CLI does, privately', async () => {
    await logIn({ expiresAt: '2026-12-01T12:14:59Z', ...CLIENT, scopes: ['a'], startUrl: 'u' })
    await credentials('my team').provide()
    expect(asked.map(({ host }) => host)).toEqual([
      'oidc.eu-central-1.amazonaws.com',
      'portal.sso.eu-central-1.amazonaws.com',
    ])
    expect(asked[0]?.body).toEqual({ clientId: 'i', clientSecret: 's', refreshToken: 'r1', grantType: 'refresh_token' })
    expect(asked[1]?.token).toBe('new')
    expect(await kept()).toEqual({
      ...CLIENT,
      accessToken: 'new',
      refreshToken: 'r2',
      expiresAt: '2026-12-01T20:00:00Z',
      scopes: ['a'],
      startUrl: 'u',
    })
    expect((await stat(join(home.path, TOKEN_FILE))).mode & 0o777).toBe(0o600)
  })

  it('use the old token while it lasts where the registration has ended, or the new one is refused', async () => {
    await logIn({ expiresAt: '2026-12-01T12:10:00Z', ...CLIENT, registrationExpiresAt: '2026-12-01T11:00:00Z' })
    await credentials('my team').provide()
    expect(asked.map(({ token }) => token)).toEqual(['old'])
    await logIn({ expiresAt: '2026-12-01T12:10:00Z', ...CLIENT })
    refusals.set('oidc', { status: 400, type: 'InvalidGrantException' })
    await credentials('my team').provide()
    expect(asked.at(-1)?.token).toBe('old')
    expect((await kept()).accessToken).toBe('old')
  })

  it('say how to log in where nobody is, the login has ended, or AWS does not take it', async () => {
    const hint = "Log in, then try again: sluice login --profile 'my team'"
    const fails = async (message: string) =>
      expect(await failureOf(credentials('my team').provide())).toMatchObject({ code: 'auth_expired', message, hint })
    await fails('Nobody is logged in for my team.')
    await home.write(TOKEN_FILE, 'no JSON')
    await fails('Nobody is logged in for my team.')
    await logIn({ expiresAt: '2026-12-01T11:00:00Z' })
    await fails('The login of my team expired at 2026-12-01T11:00:00Z.')
    await logIn({ expiresAt: '2026-12-01T18:00:00Z' })
    refusals.set('portal', { status: 401, type: 'UnauthorizedException' })
    await fails('IAM Identity Center in eu-central-1 does not take the login of my team any more.')
    refusals.set('portal', { status: 403, type: 'ForbiddenException' })
    const denied = await failureOf(credentials('my team').provide())
    expect(denied).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining('no role ReadOnly in the account'),
    })
  })

  it('are there as soon as somebody has logged in', async () => {
    const { provide } = credentials('my team')
    await failureOf(provide())
    await logIn({ expiresAt: '2026-12-01T18:00:00Z' })
    expect(await provide()).toMatchObject({ accessKeyId: 'ASIAPORTAL' })
  })
})
