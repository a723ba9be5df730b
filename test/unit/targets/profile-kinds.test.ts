import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { home, homeForEach, KEYS, list, only, ROLE, SESSION, SSO } from './listed-profiles.ts'

homeForEach()

describe('each kind of profile has its account, its role, its state and a hint that fits it', () => {
  const cached = (folder: string, algorithm: string, name: string, value: object) =>
    home.write(`.aws/${folder}/cache/${createHash(algorithm).update(name).digest('hex')}.json`, JSON.stringify(value))

  it('single sign-on by a session', async () => {
    const ask = () => only(`[profile "my team"]\n${SSO}\n${SESSION}`)
    expect(await ask()).toMatchObject({
      kind: 'sso',
      account: '111122223333',
      role: 'ReadOnly',
      state: 'logged-out',
      hint: "Log in, then try again: sluice login --profile 'my team'",
    })
    const token = { accessToken: 'x', expiresAt: '2026-12-01T13:00:00Z' }
    await cached('sso', 'sha1', 'corp', token)
    expect(await ask()).toMatchObject({ state: 'logged-in', expiresAt: '2026-12-01T13:00:00Z', hint: null })
    await cached('sso', 'sha1', 'corp', { ...token, expiresAt: '2026-12-01T11:59:59Z' })
    expect(await ask()).toMatchObject({ state: 'expired', hint: expect.stringContaining('sluice login') })
    const client = {
      refreshToken: 'r',
      clientId: 'i',
      clientSecret: 's',
      registrationExpiresAt: '2026-12-09T00:00:00Z',
    }
    await cached('sso', 'sha1', 'corp', { ...token, expiresAt: '2026-12-01T11:59:59Z', ...client })
    expect(await ask()).toMatchObject({ state: 'logged-in', hint: null })
  })

  it('single sign-on without a session, whose token is that of its start address to the letter', async () => {
    const config =
      '[profile a]\nsso_start_url = https://x/start/\nsso_region = y\nsso_account_id = 1\nsso_role_name = r\n'
    const token = { accessToken: 'x', expiresAt: '2026-12-01T13:00:00UTC' }
    await cached('sso', 'sha1', 'https://x/start', token)
    expect(await only(config)).toMatchObject({ kind: 'legacy-sso', state: 'logged-out' })
    await cached('sso', 'sha1', 'https://x/start/', token)
    expect(await only(config)).toMatchObject({ state: 'logged-in', expiresAt: '2026-12-01T13:00:00Z' })
  })

  it('aws login', async () => {
    const arn = 'arn:aws:sts::444455556666:assumed-role/Admin/me'
    const ask = () => only(`[profile a]\nlogin_session = ${arn}\n`)
    expect(await ask()).toMatchObject({
      kind: 'login',
      account: '444455556666',
      role: 'Admin',
      state: 'logged-out',
      hint: 'Log in, then try again: aws login --profile a',
    })
    await cached('login', 'sha256', arn, { accessToken: { expiresAt: '2026-12-01T11:00:00Z' }, refreshToken: 'r' })
    expect(await ask()).toMatchObject({ state: 'logged-in', hint: null })
  })

  it('a role, whose account is that of its ARN though single sign-on stands beside it', async () => {
    const config = `[profile a]\n${ROLE}\nsource_profile = b\n${SSO}\n[profile b]\n${SSO}\n${SESSION}`
    expect(await only(config)).toMatchObject({
      kind: 'role',
      account: '123456789012',
      role: 'reader',
      state: 'logged-out',
      hint: 'Log in, then try again: sluice login --profile b',
    })
  })

  it('a role with an MFA device', async () => {
    const config = `[profile a]\n${ROLE}\nsource_profile = b\nmfa_serial = arn:aws:iam::1:mfa/me\n`
    const ask = () => only(config, `[b]\n${KEYS}\n`)
    const asked = await ask()
    expect(asked).toMatchObject({ kind: 'role', state: 'mfa', warning: expect.stringContaining('Long-lived') })
    expect(asked.hint).toContain('It takes a code of the MFA device arn:aws:iam::1:mfa/me.')
    expect(asked.hint).toContain('sluice whoami --profile a')
    // What botocore hashes for this role.
    const key = '{"RoleArn": "arn:aws:iam::123456789012:role/team/reader", "SerialNumber": "arn:aws:iam::1:mfa/me"}'
    const Credentials = {
      AccessKeyId: 'a',
      SecretAccessKey: 's',
      SessionToken: 't',
      Expiration: '2026-12-01T12:30:00+00:00',
    }
    await cached('cli', 'sha1', key, { Credentials })
    expect(await ask()).toMatchObject({ state: 'logged-in', expiresAt: '2026-12-01T12:30:00Z', hint: null })
  })

  it('a process, and one of Granted', async () => {
    expect(await only('[profile a]\ncredential_process = x\naws_account_id = 111122223333\n')).toMatchObject({
      kind: 'process',
      account: '111122223333',
      state: 'ready',
      hint: null,
    })
    const granted =
      'granted_sso_account_id = 777788889999\ngranted_sso_role_name = Admin\ncredential_process = granted x\n'
    expect(await only(`[profile a]\n${granted}`)).toMatchObject({ account: '777788889999', role: 'Admin' })
  })

  it('keys, with a warning where they do not run out', async () => {
    expect(await only('', `[a]\n${KEYS}\naws_account_id = 111122223333\n`)).toMatchObject({
      kind: 'keys',
      account: '111122223333',
      state: 'ready',
      warning: expect.stringContaining('Long-lived access keys'),
    })
    const temporary = `[a]\n${KEYS}\naws_session_token = t\nx_security_token_expires = `
    expect(await only('', `${temporary}2026-12-01T14:00:00+02:00\n`)).toMatchObject({
      state: 'expired',
      warning: null,
      hint: expect.stringContaining('the tool that wrote them'),
    })
    expect(await only('', `${temporary}2026-12-01T16:00:00+02:00\n`)).toMatchObject({
      state: 'ready',
      expiresAt: '2026-12-01T14:00:00Z',
    })
  })

  it('a web identity', async () => {
    expect(await only(`[profile a]\n${ROLE}\nweb_identity_token_file = /x\n`)).toMatchObject({
      kind: 'web-identity',
      account: '123456789012',
      role: 'reader',
      state: 'ready',
    })
  })

  it('the environment, beside the profiles', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y', AWS_REGION: 'eu-west-1' }
    const said = await list('[profile a]\n', undefined, env)
    expect(said.profiles[1]).toMatchObject({
      name: 'environment',
      kind: 'environment',
      state: 'ready',
      region: 'eu-west-1',
    })
    const redirected = await list('[profile environment]\n', undefined, { ...env, AWS_ENDPOINT_URL: 'http://x' })
    expect(redirected.profiles).toMatchObject([
      { name: 'environment', kind: 'none' },
      { name: 'environment (variables)', state: 'refused', problem: 'AWS_ENDPOINT_URL sends its calls to http://x' },
    ])
  })

  it('nothing at all', async () => {
    expect(await only('[profile a]\nregion = x\n')).toMatchObject({
      kind: 'none',
      state: 'none',
      hint: 'Give it some: aws configure sso --profile a, or for keys aws configure --profile a',
    })
  })
})
