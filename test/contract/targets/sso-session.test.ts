import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { profileCredentials } from '../../../electron/core/targets/profiles/credentials.ts'
import { logIn } from '../../../electron/core/targets/profiles/login/log-in.ts'
import { loginHost } from '../../../electron/hosts/login-callback.ts'
import { oidcError } from '../../../electron/sandbox/identity-center/errors.ts'
import { openPortal, type Portal } from '../../../electron/sandbox/identity-center/portal.ts'
import { createSts } from '../../../electron/sandbox/sts/sts.ts'
import { type AwsHome, awsHome, profileOf } from '../../fixture/aws-profiles.ts'
import { clientConfigOf } from '../../fixture/client-config.ts'
import { CORP, decide, handlerTo } from '../../fixture/portal.ts'
import { serveServices } from '../fixture/serve-services.ts'

const NOW = Date.parse('2026-12-01T12:00:00Z')
const HOUR_MS = 3_600_000
const TOKEN = `.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`
const CONFIG =
  '[profile data]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\n' +
  '[profile admin]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n' +
  `[sso-session corp]\nsso_start_url = ${CORP.startUrl}\nsso_region = eu-central-1\n`

let home: AwsHome
let portal: Portal
let nowMs: number
let aheadMs: number

beforeEach(async () => {
  nowMs = NOW
  aheadMs = 0
  home = await awsHome()
  await home.config(CONFIG)
  portal = await openPortal({ instance: CORP, now: () => nowMs })
})
afterEach(async () => {
  await portal.close()
  await home.remove()
})

const now = () => nowMs + aheadMs
const clientConfig = () => clientConfigOf(handlerTo(() => portal.endpoint))

/** The credentials of a profile, in a console of their own. */
const consoleOn = (profile = 'data') =>
  profileCredentials({
    profiles: home.profiles({}, now),
    profile,
    region: 'eu-west-1',
    clientConfig: clientConfig(),
    now,
  })

async function someoneLogsIn(): Promise<void> {
  const profiles = home.profiles({}, now)
  const login = await profiles.loginOf({ ssoSession: 'corp' })
  const clock = { now, monotonic: now, sleep: () => new Promise<void>(() => undefined) }
  const options = { files: profiles.files, host: loginHost, clientConfig: clientConfig(), clock, login }
  for await (const event of logIn({ ...options, way: 'browser' }, new AbortController().signal)) {
    if (event.state !== 'waiting') continue
    const { location } = await decide(portal, event.url, 'allow')
    await fetch(location ?? '')
  }
  portal.asked.length = 0
}

const kept = async () => JSON.parse(await readFile(join(home.path, TOKEN), 'utf8'))
const failureOf = (wanted: Promise<unknown>) =>
  wanted.then(
    () => Promise.reject(new Error('It did not fail')),
    error => error.error ?? error,
  )

describe('a session of IAM Identity Center', () => {
  beforeEach(someoneLogsIn)

  it('is renewed early and once for all calls that wait, and goes on without anybody', async () => {
    const { provide } = consoleOn()
    await provide()
    nowMs += HOUR_MS - 60_000
    await Promise.all([provide(), provide(), provide()])
    expect(portal.asked).toEqual(['GetRoleCredentials', 'CreateToken', 'GetRoleCredentials'])
    nowMs += 5 * HOUR_MS
    await provide()
    expect((await kept()).expiresAt).toBe('2026-12-01T18:59:00Z')
  })

  it('is renewed once for two consoles that find at the same moment that it ends', async () => {
    const consoles = [consoleOn('data'), consoleOn('admin'), consoleOn('data')]
    nowMs += HOUR_MS - 60_000
    const found = await Promise.all(consoles.map(({ provide }) => provide()))
    expect(found).toHaveLength(3)
    expect(portal.asked.filter(name => name === 'CreateToken')).toHaveLength(1)
    // The refresh token is good once, and the one that is kept is the newest.
    nowMs += HOUR_MS - 60_000
    await Promise.all(consoles.map(({ provide }) => provide()))
    expect(portal.asked.filter(name => name === 'CreateToken')).toHaveLength(2)
  })

  it('is what the AWS CLI made of it, where that was faster', async () => {
    nowMs += HOUR_MS - 60_000
    const before = await kept()
    portal.setFault(async operation => {
      if (operation !== 'CreateToken') return undefined
      // While Sluice asks, the AWS CLI has refreshed, and so used up what Sluice sends.
      const session = portal.state.accessTokens.get(before.accessToken)?.session ?? { startUrl: '' }
      portal.state.accessTokens.set('of the CLI', { session, expiresMs: nowMs + HOUR_MS })
      const token = { ...before, accessToken: 'of the CLI', expiresAt: '2026-12-01T13:59:00Z' }
      await writeFile(join(home.path, TOKEN), JSON.stringify(token))
      return oidcError('InvalidGrantException', 'Invalid grant provided')
    })
    expect(await consoleOn().provide()).toMatchObject({ accountId: '111122223333' })
    expect((await kept()).accessToken).toBe('of the CLI')
  })

  it('that was revoked is reported as logged out, and goes on after the next login in the same console', async () => {
    const { provide, forget } = consoleOn()
    await provide()
    portal.revoke()
    // What was given before is good for its hour; then AWS takes it no more.
    await forget()
    expect(await failureOf(provide())).toMatchObject({
      code: 'auth_expired',
      reason: 'logged_out',
      message: 'IAM Identity Center in eu-central-1 does not take the login of data any more.',
      hint: 'Log in, then try again: sluice login --profile data',
    })
    await someoneLogsIn()
    expect(await provide()).toMatchObject({ accountId: '111122223333' })
  })

  it('whose token AWS forgot before its time is refreshed, and not given up', async () => {
    portal.state.accessTokens.clear()
    expect(await consoleOn().provide()).toMatchObject({ accountId: '111122223333' })
    expect(portal.asked).toEqual(['GetRoleCredentials', 'CreateToken', 'GetRoleCredentials'])
  })

  it.each([
    ['ahead', HOUR_MS],
    ['behind', -HOUR_MS],
  ])('gives credentials that last their hour where the clock is an hour %s', async (_, offMs) => {
    aheadMs = offMs
    // It was logged in by the right clock.
    const { provide } = consoleOn()
    await provide()
    await provide()
    expect(portal.asked.filter(name => name === 'GetRoleCredentials')).toHaveLength(1)
    nowMs += HOUR_MS - 4 * 60_000
    await provide()
    expect(portal.asked.filter(name => name === 'GetRoleCredentials')).toHaveLength(2)
  })

  it('in a region without the instance is not known there, and the region is named', async () => {
    await portal.close()
    portal = await openPortal({ now: () => nowMs })
    expect(await failureOf(consoleOn().provide())).toMatchObject({
      reason: 'logged_out',
      message: expect.stringContaining('IAM Identity Center in eu-central-1 does not take'),
    })
  })

  it('is listed with the time that it has left', async () => {
    const of = () => profileOf(home.profiles({}, now), 'data')
    expect(await of()).toMatchObject({ state: 'logged-in', expiresAt: '2026-12-01T13:00:00Z' })
    nowMs += 2 * HOUR_MS
    // The next call renews it.
    expect(await of()).toMatchObject({ state: 'logged-in', expiresAt: null })
  })
})

describe('a role that takes a code, of STS', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/reader'
  const mfa = { serial: 'arn:aws:iam::111122223333:mfa/me', code: () => '123456' }
  let sts: Awaited<ReturnType<typeof serveServices>>

  beforeEach(async () => {
    await home.config(`[profile a]\nrole_arn = ${ROLE}\nmfa_serial = ${mfa.serial}\nsource_profile = b\n`)
    await home.credentials('[b]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n')
    const assumable = { roles: new Map([[ROLE, { mfa }]]), now }
    sts = await serveServices([createSts({ account: '111122223333', assumable })], true)
  })
  afterEach(() => sts.close())

  const typing = (code: string) =>
    profileCredentials({
      profiles: home.profiles({}, now),
      profile: 'a',
      region: 'eu-west-1',
      clientConfig: { ...clientConfig(), requestHandler: handlerTo(() => sts.endpoint) },
      now,
      askMfaCode: async () => code,
    })

  it('is assumed by the code that is right, and a wrong one is reported in the words of STS', async () => {
    expect(await failureOf(typing('000000').provide())).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining('MultiFactorAuthentication failed with invalid MFA one time pass code.'),
    })
    expect(await typing('123456').provide()).toMatchObject({ sessionToken: expect.any(String) })
  })
})
