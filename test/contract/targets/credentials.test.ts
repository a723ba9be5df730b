import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AskMfaCode, profileCredentials } from '../../../electron/core/targets/profiles/credentials.ts'
import { RECORD_REQUESTS } from '../../../electron/hosts/child-environment.ts'
import { recorderIn } from '../../../electron/sandbox/server/record.ts'
import { type AwsHome, awsHome } from '../../fixture/aws-profiles.ts'
import { clientConfigOf } from '../../fixture/client-config.ts'

const NOW = Date.parse('2026-12-01T12:00:00Z')
const KEYS = 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret'
const ROLE = 'role_arn = arn:aws:iam::123456789012:role/reader'
const SSO = 'sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ReadOnly'
const SESSION = '[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n'
const TOKEN_FILE = `.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`

/** These calls go to AWS only, so that no sandbox records them. */
const recordIn = process.env[RECORD_REQUESTS]
const recorder = recordIn === undefined ? undefined : recorderIn(recordIn)

interface Asked {
  host: string
  path: string
  body: URLSearchParams | Record<string, unknown>
  token: string | undefined
  /** The access key that signed it. */
  signedBy: string | undefined
}

let home: AwsHome
let server: Server
/** What the services of AWS were asked, by the host that would have been called. */
let asked: Asked[]
/** What they answer instead of what they would. */
let refusals: Map<string, { status: number; type: string }>

beforeEach(async () => {
  home = await awsHome()
  asked = []
  refusals = new Map()
  server = createServer((request, response) => {
    // It is no other time there than the one of the test.
    response.sendDate = false
    answer(request).then(
      ({ status, body, type }) => {
        response.writeHead(status, { 'content-type': 'text/xml', ...(type && { 'x-amzn-errortype': type }) })
        response.end(body)
      },
      error => response.destroy(error),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await home.remove()
})

/** Sends what is meant for a host of AWS to the server of the test. */
function hereHandler(): NodeHttpHandler {
  const handler = new NodeHttpHandler()
  const send = handler.handle.bind(handler)
  handler.handle = (request, options) => {
    request.headers['x-meant-for'] = request.hostname
    Object.assign(request, { protocol: 'http:', hostname: '127.0.0.1', port: (server.address() as AddressInfo).port })
    return send(request, options)
  }
  return handler
}

async function answer(request: IncomingMessage): Promise<{ status: number; body: string; type?: string }> {
  const host = String(request.headers['x-meant-for'])
  const sent = await text(request)
  recorder?.write(
    {
      method: request.method ?? '',
      path: request.url?.split('?')[0] ?? '',
      query: request.url?.split('?')[1] ?? '',
      headers: request.headers as Record<string, string>,
    },
    Buffer.from(sent),
  )
  asked.push({
    host,
    path: request.url ?? '',
    body: sent.startsWith('{') ? JSON.parse(sent) : new URLSearchParams(sent),
    token: request.headers['x-amz-sso_bearer_token'] as string | undefined,
    signedBy: /Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1],
  })
  const service = host.split('.')[0] ?? ''
  const refused = refusals.get(service)
  if (refused) {
    const { type, status } = refused
    const xml = `<ErrorResponse><Error><Code>${type}</Code><Message>said so</Message></Error></ErrorResponse>`
    return { status, type, body: service === 'sts' ? xml : JSON.stringify({ message: 'said so' }) }
  }
  if (service === 'portal') return { status: 200, body: JSON.stringify({ roleCredentials: PORTAL }) }
  if (service === 'oidc')
    return { status: 200, body: JSON.stringify({ accessToken: 'new', expiresIn: 28_800, refreshToken: 'r2' }) }
  const key = `ASIA${asked.length}`
  return {
    status: 200,
    body:
      '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>' +
      `${key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>` +
      '<Expiration>2026-12-01T13:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>' +
      'arn:aws:sts::123456789012:assumed-role/reader/x</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>',
  }
}
const PORTAL = { accessKeyId: 'ASIAPORTAL', secretAccessKey: 's', sessionToken: 't', expiration: NOW + 3_600_000 }

function credentials(
  profile: string,
  options: { askMfaCode?: AskMfaCode; env?: NodeJS.ProcessEnv; now?: () => number } = {},
) {
  const now = options.now ?? (() => NOW)
  return profileCredentials({
    profiles: home.profiles({ PATH: process.env.PATH, ...options.env }, now),
    profile,
    region: 'eu-west-1',
    clientConfig: clientConfigOf(hereHandler()),
    now,
    askMfaCode: options.askMfaCode,
  })
}

const logIn = (token: object) => home.write(TOKEN_FILE, JSON.stringify({ accessToken: 'old', ...token }))
const CLIENT = { refreshToken: 'r1', clientId: 'i', clientSecret: 's', registrationExpiresAt: '2026-12-09T00:00:00Z' }
const kept = async () => JSON.parse(await readFile(join(home.path, TOKEN_FILE), 'utf8'))
const failureOf = (wanted: Promise<unknown>) =>
  wanted.then(
    () => Promise.reject(new Error('It did not fail')),
    error => error.error ?? error,
  )

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

describe('credentials of a role', () => {
  it('are assumed in a chain that ends at single sign-on, in the region of the target', async () => {
    await home.config(
      `[profile a]\n${ROLE}\nexternal_id = ext\nduration_seconds = 900\nrole_session_name = me\nsource_profile = b\n` +
        `[profile b]\n${ROLE}2\nsource_profile = c\n[profile c]\n${SSO}\n${SESSION}`,
    )
    await logIn({ expiresAt: '2026-12-01T18:00:00Z' })
    expect(await credentials('a').provide()).toMatchObject({ accessKeyId: 'ASIA3' })
    const [, second, first] = asked
    expect(second).toMatchObject({ host: 'sts.eu-west-1.amazonaws.com', signedBy: 'ASIAPORTAL' })
    expect(first).toMatchObject({ host: 'sts.eu-west-1.amazonaws.com', signedBy: 'ASIA2' })
    expect(Object.fromEntries(first?.body as URLSearchParams)).toMatchObject({
      RoleArn: 'arn:aws:iam::123456789012:role/reader',
      ExternalId: 'ext',
      DurationSeconds: '900',
      RoleSessionName: 'me',
    })
  })

  it('take the keys of the environment where the profile says so', async () => {
    await home.config(`[profile a]\n${ROLE}\ncredential_source = Environment\n`)
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      message: 'a takes its credentials from the environment, which has none.',
      hint: expect.stringContaining('Set AWS_ACCESS_KEY_ID'),
    })
    await credentials('a', { env: { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 's' } }).provide()
    expect(asked).toMatchObject([{ signedBy: 'AKIAENV' }])
  })

  it('with an MFA device ask for its code once, and keep what they get where the AWS CLI looks for it', async () => {
    await home.config(`[profile a]\n${ROLE}\nmfa_serial = arn:aws:iam::1:mfa/me\nsource_profile = b\n`)
    await home.credentials(`[b]\n${KEYS}\n`)
    const questions: unknown[] = []
    const askMfaCode: AskMfaCode = async question => {
      questions.push(question)
      return ' 123456 '
    }
    expect(await credentials('a', { askMfaCode }).provide()).toMatchObject({ accessKeyId: 'ASIA1' })
    expect(questions).toEqual([{ profile: 'a', device: 'arn:aws:iam::1:mfa/me' }])
    expect(Object.fromEntries(asked[0]?.body as URLSearchParams)).toMatchObject({
      SerialNumber: 'arn:aws:iam::1:mfa/me',
      TokenCode: '123456',
    })
    // Another program, which can ask nobody.
    expect(await credentials('a').provide()).toMatchObject({ accessKeyId: 'ASIA1' })
    expect(asked).toHaveLength(1)
  })

  it('with an MFA device say where a code can be typed, where nobody can be asked', async () => {
    await home.config(`[profile a]\n${ROLE}\nmfa_serial = arn:aws:iam::1:mfa/me\nsource_profile = b\n`)
    await home.credentials(`[b]\n${KEYS}\n`)
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      code: 'auth_expired',
      message: 'The role of a takes a code of an MFA device, and nobody was there to type it.',
      hint: expect.stringContaining('sluice whoami --profile a'),
    })
  })

  it('that STS refuses are reported as a refused role, not as a failure of the call that waits for them', async () => {
    await home.config(`[profile a]\n${ROLE}\nsource_profile = b\n`)
    await home.credentials(`[b]\n${KEYS}\n`)
    refusals.set('sts', { status: 403, type: 'AccessDenied' })
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      code: 'access_denied',
      message: 'STS does not give the role arn:aws:iam::123456789012:role/reader of a: AccessDenied: said so',
      hint: expect.stringContaining('sts:AssumeRole'),
    })
    refusals.set('sts', { status: 403, type: 'InvalidClientTokenId' })
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      code: 'auth_expired',
      hint: expect.stringContaining('aws configure --profile b'),
    })
  })

  it('by web identity need its token', async () => {
    await home.config(`[profile a]\n${ROLE}\nweb_identity_token_file = ${join(home.path, 'token')}\n`)
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      hint: expect.stringContaining('Get a new token'),
    })
    await home.write('token', 'a.b.c')
    refusals.set('sts', { status: 400, type: 'InvalidIdentityToken' })
    expect(await failureOf(credentials('a').provide())).toMatchObject({ code: 'auth_expired' })
    expect(Object.fromEntries(asked[0]?.body as URLSearchParams)).toMatchObject({ WebIdentityToken: 'a.b.c' })
    expect(asked[0]?.signedBy).toBeUndefined()
  })
})

describe('credentials of a process', () => {
  const print = (value: object) =>
    home.write(
      'print.mjs',
      `console.log(JSON.stringify({ ...${JSON.stringify(value)}, AccessKeyId: process.argv.slice(2).join('|') }))`,
    )
  const process_ = (rest = '') => home.config(`[profile a]\ncredential_process = "${process.execPath}" ${rest}\n`)

  it('are what it prints, and no shell reads its arguments', async () => {
    const file = await print({
      Version: 1,
      SecretAccessKey: 's',
      SessionToken: 't',
      Expiration: '2026-12-01T13:00:00Z',
    })
    await process_(`${file} a | b $HOME 'c d' > e # f`)
    expect(await credentials('a').provide()).toMatchObject({
      accessKeyId: 'a|||b|$HOME|c d|>|e|#|f',
      sessionToken: 't',
    })
  })

  it.each([
    [
      'does not end well',
      'process.stderr.write("no token: log in first"); process.exit(3)',
      'ended with exit code 3: no token: log in first',
    ],
    ['says nothing', 'process.exit(1)', 'ended with exit code 1: it said nothing on stderr'],
    ['prints no JSON', 'console.log("hello")', 'did not print one JSON object'],
    ['is of another version', 'console.log(JSON.stringify({ Version: 2 }))', 'printed the version 2, and not 1'],
    ['prints no keys', 'console.log(JSON.stringify({ Version: 1 }))', 'printed no AccessKeyId or no SecretAccessKey'],
    [
      'prints keys of yesterday',
      `console.log('{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": "2026-11-30T12:00:00Z"}')`,
      'printed keys that expired at 2026-11-30T12:00:00Z',
    ],
  ])('that %s are reported with what it printed on stderr', async (_, program, said) => {
    await process_(await home.write('program.mjs', program))
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      code: 'auth_expired',
      message: `The credential_process of a ${said}`,
      hint: expect.stringContaining('credential_process'),
    })
  })

  it('that failed is not run again within half a minute, unless the file names another one', async () => {
    const runs = await home.write('runs', '')
    const program = (name: string) =>
      home.write(name, `require('node:fs').appendFileSync(${JSON.stringify(runs)}, 'x'); process.exit(1)`)
    await process_(await program('program.cjs'))
    let atMs = NOW
    const { provide } = credentials('a', { now: () => atMs })
    const failed = { code: 'auth_expired', message: expect.stringContaining('ended with exit code 1') }
    for (const laterMs of [0, 1_000, 28_000]) {
      atMs += laterMs
      expect(await failureOf(provide())).toMatchObject(failed)
    }
    expect(await readFile(runs, 'utf8')).toBe('x')
    atMs += 2_000
    expect(await failureOf(provide())).toMatchObject(failed)
    expect(await readFile(runs, 'utf8')).toBe('xx')
    await process_(await program('another.cjs'))
    expect(await failureOf(provide())).toMatchObject(failed)
    expect(await readFile(runs, 'utf8')).toBe('xxx')
  })

  it('that is missing, or cannot be cut into words, are reported with the reason', async () => {
    const message = async () => (await failureOf(credentials('a').provide())).message
    await home.config('[profile a]\ncredential_process = no-such-program-here x\n')
    expect(await message()).toBe('The credential_process of a cannot be run: there is no program no-such-program-here')
    await home.config('[profile a]\ncredential_process = "x\n')
    expect(await message()).toBe('The credential_process of a has a quote that is not closed')
    await home.config('[profile a]\ncredential_process =\n')
    expect(await message()).toBe('The credential_process of a names no program')
  })
})

describe('credentials of keys', () => {
  it('are those that the file has now, without a restart', async () => {
    await home.credentials(`[a]\n${KEYS}\n`)
    const { provide } = credentials('a')
    expect(await provide()).toMatchObject({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE' })
    await home.credentials('[a]\naws_access_key_id = AKIANEW\naws_secret_access_key = s\naws_session_token = t\n')
    expect(await provide()).toMatchObject({ accessKeyId: 'AKIANEW', sessionToken: 't' })
  })

  it('that a tool wrote with their end are not sent after it', async () => {
    await home.credentials(`[a]\n${KEYS}\naws_session_token = t\naws_expiration = 2026-12-01T11:00:00.000Z\n`)
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      message: 'The temporary keys of a expired at 2026-12-01T11:00:00Z.',
      hint: expect.stringContaining('the tool that wrote them'),
    })
  })

  it('that are nowhere say how to make some', async () => {
    await home.config('[profile a]\nregion = x\n')
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      message: 'Nothing says where the credentials of a come from.',
      hint: expect.stringContaining('aws configure sso --profile a'),
    })
  })
})

it('a login by `aws login` is read by the ARN of its session, and without one it says how to log in', async () => {
  const arn = 'arn:aws:iam::444455556666:user/me'
  await home.config(`[profile "my login"]\nlogin_session = ${arn}\n`)
  expect(await failureOf(credentials('my login').provide())).toMatchObject({
    code: 'auth_expired',
    hint: "Log in, then try again: aws login --profile 'my login'",
  })
  const accessToken = { accessKeyId: 'ASIALOGIN', secretAccessKey: 's', sessionToken: 't', accountId: '444455556666' }
  const dayLater = new Date(Date.now() + 86_400_000).toISOString()
  const name = `${createHash('sha256').update(arn).digest('hex')}.json`
  await home.write(
    `logins/${name}`,
    JSON.stringify({
      accessToken: { ...accessToken, expiresAt: dayLater },
      refreshToken: 'r',
      clientId: 'c',
      dpopKey: 'k',
    }),
  )
  vi.stubEnv('AWS_LOGIN_CACHE_DIRECTORY', join(home.path, 'logins'))
  expect(await credentials('my login').provide()).toMatchObject({ accessKeyId: 'ASIALOGIN' })
  vi.unstubAllEnvs()
})

it('a profile that the AWS CLI refuses is refused with its line, when its credentials are needed', async () => {
  await home.config(`[profile a]\n${SSO}\n`)
  expect(await failureOf(credentials('a').provide())).toMatchObject({
    code: 'conflict',
    message: 'a cannot be used: its sso_session corp has no section (~/.aws/config, line 2).',
  })
})
