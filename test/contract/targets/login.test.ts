import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { logIn } from '../../../electron/core/targets/profiles/login/log-in.ts'
import { loginHost } from '../../../electron/hosts/login-callback.ts'
import { oidcError } from '../../../electron/sandbox/identity-center/errors.ts'
import { openPortal, type Portal } from '../../../electron/sandbox/identity-center/portal.ts'
import type { LoginAsked, LoginEvent, LoginWay } from '../../../shared/features/targets.ts'
import { type AwsHome, awsHome } from '../../fixture/aws-profiles.ts'
import { clientConfigOf } from '../../fixture/client-config.ts'
import { CORP, decide, handlerTo } from '../../fixture/portal.ts'

const NOW = Date.parse('2026-12-01T12:00:00Z')
const SESSION = `[sso-session corp]\nsso_start_url = ${CORP.startUrl}\nsso_region = eu-central-1\n`
const SCOPES = 'sso_registration_scopes = sso:account:access\n'
const ROLE = 'sso_account_id = 111122223333\nsso_role_name = ReadOnly\n'
const LEGACY = `[profile old]\nsso_start_url = ${CORP.startUrl}\nsso_region = eu-central-1\n${ROLE}`
const CACHE = '.aws/sso/cache'
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')

let home: AwsHome
let portal: Portal
let nowMs: number
/** By how much this machine's clock is ahead. */
let aheadMs: number
/** The hosts that would have been called. */
let hosts: Set<string>

beforeEach(async () => {
  nowMs = NOW
  aheadMs = 0
  hosts = new Set()
  home = await awsHome()
  await home.config(`[profile data]\nsso_session = corp\n${ROLE}${SESSION}${SCOPES}${LEGACY}`)
  portal = await openPortal({ instance: CORP, now: () => nowMs })
})
afterEach(async () => {
  await portal.close()
  await home.remove()
})

/** Time passes when somebody waits for it, up to a minute at once; whoever waits longer is not waited for. */
const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
  if (ms > 60_000) await delay(3_600_000, undefined, signal && { signal, ref: false })
  signal?.throwIfAborted()
  nowMs += ms
}

async function login(asked: LoginAsked, way: LoginWay, more: { sleep?: typeof sleep; signal?: AbortSignal } = {}) {
  const profiles = home.profiles({}, () => nowMs)
  const what = await profiles.loginOf(asked)
  const handler = handlerTo(host => {
    hosts.add(host)
    return portal.endpoint
  })
  const now = () => nowMs + aheadMs
  return logIn(
    {
      files: profiles.files,
      host: loginHost,
      clientConfig: clientConfigOf(handler),
      clock: { now, monotonic: () => nowMs, sleep: more.sleep ?? sleep },
      login: what,
      way,
    },
    more.signal ?? new AbortController().signal,
  )
}

/** Logs in to its end, with somebody who answers the page. */
async function loggedIn(
  asked: LoginAsked,
  way: LoginWay = 'browser',
  answer: (url: string) => Promise<unknown> = url => allow(url),
): Promise<LoginEvent[]> {
  const events: LoginEvent[] = []
  for await (const event of await login(asked, way)) {
    events.push(event)
    if (event.state === 'waiting') await answer(event.url)
  }
  return events
}
const allow = async (url: string): Promise<Response | undefined> => {
  const { location } = await decide(portal, url, 'allow')
  return location === null ? undefined : fetch(location)
}
const failureOf = (wanted: Promise<unknown>) =>
  wanted.then(
    () => Promise.reject(new Error('It did not fail')),
    error => error.error ?? error,
  )
const cached = async (file: string) => JSON.parse(await readFile(join(home.path, CACHE, file), 'utf8'))
const TOKEN = `${sha1('corp')}.json`
const registrationKey = (scopes: string, session: string) =>
  `${sha1(
    `{"region": "eu-central-1", "scopes": ${scopes}, "session_name": ${session}, ` +
      `"startUrl": "${CORP.startUrl}", "tool": "botocore"}`,
  )}.json`
const REGISTRATION = registrationKey('["sso:account:access"]', '"corp"')

describe('a login with a browser', () => {
  it('leaves token and client where the AWS CLI has them, with its keys, for this user only', async () => {
    const events = await loggedIn({ profile: 'data' })
    expect(events).toMatchObject([
      { state: 'preparing', name: 'corp' },
      { state: 'waiting', way: 'browser', code: null, until: '2026-12-01T12:10:00Z', warning: null },
      { state: 'done', until: '2026-12-01T13:00:00Z', renewed: true, warning: null },
    ])
    expect([...hosts]).toEqual(['oidc.eu-central-1.amazonaws.com'])
    expect((await readdir(join(home.path, CACHE))).sort()).toEqual([REGISTRATION, TOKEN].sort())
    const { clientId, clientSecret, ...registration } = await cached(REGISTRATION)
    expect(registration).toEqual({
      expiresAt: '2027-03-01T12:00:00Z',
      scopes: ['sso:account:access'],
      grantTypes: ['authorization_code', 'refresh_token'],
    })
    expect(await cached(TOKEN)).toEqual({
      startUrl: CORP.startUrl,
      region: 'eu-central-1',
      accessToken: [...portal.state.accessTokens.keys()][0],
      expiresAt: '2026-12-01T13:00:00Z',
      clientId,
      clientSecret,
      registrationExpiresAt: '2027-03-01T12:00:00Z',
      refreshToken: [...portal.state.refreshTokens.keys()][0],
    })
    for (const file of [REGISTRATION, TOKEN])
      expect((await stat(join(home.path, CACHE, file))).mode & 0o777, file).toBe(0o600)
  })

  it('asks by the address, the parameters and the challenge that the AWS CLI asks by', async () => {
    let asked = ''
    await loggedIn({ ssoSession: 'corp' }, 'browser', url => {
      asked = url
      return allow(url)
    })
    const { origin, pathname, searchParams } = new URL(asked)
    expect(origin + pathname).toBe('https://oidc.eu-central-1.amazonaws.com/authorize')
    expect(Object.fromEntries(searchParams)).toEqual({
      response_type: 'code',
      client_id: (await cached(REGISTRATION)).clientId,
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/),
      state: expect.stringMatching(/^[0-9a-f-]{36}$/),
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      scopes: 'sso:account:access',
    })
  })

  it('uses the client that is registered while it lasts, and registers another one after that', async () => {
    await loggedIn({ profile: 'data' })
    await loggedIn({ profile: 'data' })
    expect(portal.asked).toEqual(['RegisterClient', 'CreateToken', 'CreateToken'])
    nowMs += 89.99 * 86_400_000
    await loggedIn({ profile: 'data' })
    expect(portal.asked.slice(3)).toEqual(['RegisterClient', 'CreateToken'])
  })

  it('names the default scope where the session names none, and keeps the client under a name of its own', async () => {
    await home.config(SESSION)
    await loggedIn({})
    expect((await cached(registrationKey('null', '"corp"'))).scopes).toEqual(['sso:account:access'])
  })

  it('takes no answer that has not its state, and goes on waiting for its own', async () => {
    const pages: number[] = []
    const events = await loggedIn({ profile: 'data' }, 'browser', async url => {
      const callback = new URL(url).searchParams.get('redirect_uri') ?? ''
      for (const query of ['?code=stolen&state=other', '?code=stolen', '?error=access_denied', ''])
        pages.push((await fetch(callback + query)).status)
      const page = await allow(url)
      pages.push(page?.status ?? 0)
      expect(await page?.text()).toContain('You can close this window')
    })
    expect(pages).toEqual([400, 400, 400, 400, 200])
    expect(events.at(-1)).toMatchObject({ state: 'done' })
  })

  it('that is cancelled in the browser says so, and leaves no token', async () => {
    const failure = await failureOf(
      loggedIn({ profile: 'data' }, 'browser', async url => {
        const { location } = await decide(portal, url, 'deny')
        expect(await (await fetch(location ?? '')).text()).toContain('Nobody was logged in')
      }),
    )
    expect(failure).toMatchObject({
      code: 'access_denied',
      message: 'The login to corp was cancelled in the browser.',
      hint: expect.stringContaining('allow access'),
    })
    expect(await readdir(join(home.path, CACHE))).toEqual([REGISTRATION])
  })

  it('that nobody answers ends after ten minutes, and says what may be wrong with the region', async () => {
    const waited = login({ profile: 'data' }, 'browser', { sleep: async () => undefined })
    const failure = await failureOf(waited.then(drain))
    expect(failure).toMatchObject({
      code: 'failed',
      message: 'Nobody allowed the login to corp within 10 minutes.',
      hint: expect.stringMatching(/eu-central-1 is not the region of IAM Identity Center \(~\/\.aws\/config, line 7\)/),
    })
  })

  it('that is cancelled here closes its port', async () => {
    const abort = new AbortController()
    let callback = ''
    const failure = await failureOf(
      (async () => {
        for await (const event of await login({ profile: 'data' }, 'browser', { signal: abort.signal })) {
          if (event.state !== 'waiting') continue
          callback = new URL(event.url).searchParams.get('redirect_uri') ?? ''
          abort.abort()
        }
      })(),
    )
    expect(failure.name).toBe('AbortError')
    await expect(fetch(callback)).rejects.toThrow('fetch failed')
  })

  it('in a region without the instance is refused on the page, and waits', async () => {
    await portal.close()
    portal = await openPortal({ now: () => nowMs })
    for await (const event of await login({ profile: 'data' }, 'browser')) {
      if (event.state !== 'waiting') continue
      expect(await decide(portal, event.url, 'allow')).toMatchObject({
        status: 400,
        html: expect.stringContaining('Invalid grant provided'),
      })
      break
    }
  })

  it('tells a clock that is an hour off, both ways, and logs in all the same', async () => {
    aheadMs = 3_600_000
    expect((await loggedIn({ profile: 'data' })).at(-1)).toMatchObject({
      state: 'done',
      until: '2026-12-01T14:00:00Z',
      warning: expect.stringContaining("The clock of this machine is 1 h ahead of AWS's."),
    })
    aheadMs = -3_600_000
    const [, waiting] = await loggedIn({ profile: 'old' }, 'device-code')
    expect(waiting).toMatchObject({ warning: expect.stringContaining("1 h behind AWS's") })
  })

  it('that AWS refuses says which region and address it asked', async () => {
    portal.setFault(operation =>
      operation === 'RegisterClient' ? oidcError('InvalidRequestException', 'no such issuer') : undefined,
    )
    expect(await failureOf(loggedIn({ profile: 'data' }))).toMatchObject({
      code: 'failed',
      message: 'IAM Identity Center in eu-central-1 refuses the login to corp: no such issuer',
      hint: expect.stringContaining(CORP.startUrl),
    })
  })
})

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

describe('a login with a code', () => {
  it('waits while it is pending, slows down when AWS asks for it, and keeps what it gets', async () => {
    const waits: number[] = []
    const slept = async (ms: number) => {
      waits.push(ms)
      nowMs += ms
      if (waits.length === 3) portal.setFault(() => oidcError('SlowDownException', 'Slow down'))
      else portal.setFault(undefined)
      if (waits.length === 5) for (const device of portal.state.devices.values()) device.decision = 'allowed'
    }
    const events: LoginEvent[] = []
    for await (const event of await login({ profile: 'data' }, 'device-code', { sleep: slept })) events.push(event)
    expect(events).toMatchObject([
      { state: 'preparing' },
      {
        state: 'waiting',
        way: 'device-code',
        code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
        url: expect.stringContaining('/device?user_code='),
        until: '2026-12-01T12:10:00Z',
      },
      { state: 'done', renewed: true },
    ])
    expect(waits).toEqual([1_000, 1_000, 1_000, 6_000, 6_000])
    expect(await cached(TOKEN)).toMatchObject({ refreshToken: expect.any(String) })
  })

  it('is the way of a profile without a session, whatever is asked for, under the name of its address', async () => {
    const events = await loggedIn({ profile: 'old' }, 'browser')
    expect(events.map(event => (event.state === 'waiting' ? event.way : event.state))).toEqual([
      'preparing',
      'device-code',
      'done',
    ])
    expect(await cached(`${sha1(CORP.startUrl)}.json`)).not.toHaveProperty('refreshToken')
    expect(Object.keys(await cached(registrationKey('null', 'null')))).toEqual([
      'clientId',
      'clientSecret',
      'expiresAt',
    ])
  })

  it('that is denied says so, and one that nobody types says what may be wrong', async () => {
    const denied = loggedIn({ profile: 'old' }, 'device-code', url => decide(portal, url, 'deny'))
    expect(await failureOf(denied)).toMatchObject({ message: expect.stringContaining('was cancelled in the browser') })
    const slept = async () => {
      nowMs += 60_000
    }
    const expired = await failureOf(login({ profile: 'old' }, 'device-code', { sleep: slept }).then(drain))
    expect(expired).toMatchObject({ message: `Nobody allowed the login to ${CORP.startUrl} within 10 minutes.` })
  })

  it('in another region than the instance fails in the browser, and says so in time', async () => {
    await portal.close()
    portal = await openPortal({ now: () => nowMs })
    const slept = async () => {
      nowMs += 60_000
    }
    let page = ''
    const failure = await failureOf(
      (async () => {
        for await (const event of await login({ profile: 'old' }, 'device-code', { sleep: slept }))
          if (event.state === 'waiting') page = (await decide(portal, event.url, 'allow')).html
      })(),
    )
    expect(page).toContain('Invalid grant provided')
    expect(failure.hint).toContain('eu-central-1 is not the region of IAM Identity Center')
  })
})

describe('what somebody logs in to', () => {
  const of = (asked: LoginAsked) => home.profiles().loginOf(asked)

  it('is the session of a profile, of the source of its role, or the only one that there is', async () => {
    await home.config(`${SESSION}${SCOPES}[profile data]\nsso_session = corp\n${ROLE}`)
    const corp = { session: 'corp', startUrl: CORP.startUrl, ssoRegion: 'eu-central-1', scopes: ['sso:account:access'] }
    expect(await of({})).toMatchObject(corp)
    await home.config(
      `${SESSION}${SCOPES}[profile data]\nsso_session = corp\n${ROLE}` +
        '[profile r]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = data\n',
    )
    expect(await of({ profile: 'r' })).toMatchObject(corp)
  })

  it('is refused where there are several, none, or one of another kind', async () => {
    expect(await failureOf(of({}))).toMatchObject({
      message: `There are 2 logins: corp, ${CORP.startUrl}.`,
      hint: expect.stringContaining('--sso-session'),
    })
    expect(await failureOf(of({ ssoSession: 'x' }))).toMatchObject({ code: 'not_found', hint: 'Known: corp.' })
    expect(await failureOf(of({ profile: 'x' }))).toMatchObject({ code: 'not_found' })
    await home.config('[profile a]\nlogin_session = arn:aws:iam::444455556666:user/me\n')
    expect(await failureOf(of({ profile: 'a' }))).toMatchObject({
      code: 'invalid_input',
      message: 'a does not log in with IAM Identity Center.',
      hint: expect.stringContaining('aws login'),
    })
    expect(await failureOf(of({}))).toMatchObject({ hint: expect.stringContaining('aws configure sso') })
  })
})
