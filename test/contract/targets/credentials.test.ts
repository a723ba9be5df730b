import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { answerForAws, credentials, failureOf, home, KEYS, NOW, SSO } from './aws-answers.ts'

answerForAws()

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
