import { createHash } from 'node:crypto'
import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { profileTargets } from '../../../electron/core/targets/profiles/profile-targets.ts'
import { awsFiles } from '../../../electron/hosts/aws-files.ts'
import type { Profile, ProfileList } from '../../../shared/features/targets.ts'
import { type AwsHome, awsHome, profileOf } from '../../fixture/aws-profiles.ts'

const KEYS = 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret'
const ROLE = 'role_arn = arn:aws:iam::123456789012:role/team/reader'
const SSO = 'sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ReadOnly'
const SESSION = '[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n'
const NOW = Date.parse('2026-12-01T12:00:00Z')

let home: AwsHome
beforeEach(async () => {
  home = await awsHome()
})
afterEach(() => home.remove())

async function list(config: string | Uint8Array, credentials?: string, env: NodeJS.ProcessEnv = {}) {
  await home.config(config)
  if (credentials !== undefined) await home.credentials(credentials)
  return home.profiles(env, () => NOW).list()
}
const names = ({ profiles }: ProfileList) => profiles.map(({ name }) => name)
async function only(config: string, credentials?: string, env?: NodeJS.ProcessEnv): Promise<Profile> {
  const { profiles, problems } = await list(config, credentials, env)
  expect(problems).toEqual([])
  const [first] = profiles
  if (!first) throw new Error('nothing is listed')
  return first
}

describe('profiles are those that the AWS CLI lists', () => {
  it('with names of blanks, quotes, brackets, ampersands and accents', async () => {
    const config =
      '[profile "my team"]\n[profile a(b)]\n[profile r&d]\n[profile größe]\n[profile \'it"s\']\n[profile a[1]]\n'
    expect(names(await list(config))).toEqual(['my team', 'a(b)', 'r&d', 'größe', 'it"s', 'a[1]'])
  })

  it('and sections that are no profiles are not listed', async () => {
    const config = `${SESSION}[services s]\nkinesis =\n  a = b\n[preview]\na = b\n[a]\nc = d\n[profile b]\n`
    expect(names(await list(config))).toEqual(['b'])
  })

  it('and a section of credentials is a profile of its whole name', async () => {
    expect(names(await list('', `[profile x]\n${KEYS}\n[y]\n${KEYS}\n`))).toEqual(['profile x', 'y'])
  })

  it('and of [default] and [profile default] it is the later one whole', async () => {
    expect(
      await only('[profile default]\nregion = a\naws_account_id = 111122223333\n[default]\nregion = b\n'),
    ).toMatchObject({
      name: 'default',
      region: 'b',
      account: null,
    })
    expect(await only('[default]\nregion = b\n[profile default]\nregion = a\n')).toMatchObject({ region: 'a' })
  })

  it('and keys in upper case are read', async () => {
    const config = `[profile a]\nSSO_Session = corp\nSSO_ACCOUNT_ID = 111122223333\nsso_role_name = r\nREGION = x\n`
    expect(await only(config + SESSION)).toMatchObject({
      kind: 'sso',
      account: '111122223333',
      region: 'x',
      problem: null,
    })
  })

  it('and a comment behind a value belongs to it', async () => {
    expect(await only('[profile a]\nregion = eu-west-1 # prod\n')).toMatchObject({ region: 'eu-west-1 # prod' })
  })

  it('and a key stands before a colon, too', async () => {
    expect(await only('[profile a]\nregion: eu-west-1\n')).toMatchObject({ region: 'eu-west-1' })
  })

  it('and an indented line goes on with the value before it', async () => {
    expect(await only('[profile a]\noutput = json\n  region = eu-west-1\n')).toMatchObject({ region: null })
  })
})

describe('a region is the one that somebody says, with who says it', () => {
  it('and null where nobody does, not that of single sign-on, nor us-east-1', async () => {
    expect(await only(`[profile a]\n${SSO}\n${SESSION}`)).toMatchObject({ region: null, regionFrom: null })
    const [target] = profileTargets((await list('[profile a]\n')).profiles)
    expect(target?.region).toBe('')
  })

  it('and that of credentials before that of config', async () => {
    expect(await only('[profile a]\nregion = x\n', `[a]\n${KEYS}\nregion = y\n`)).toMatchObject({
      region: 'y',
      regionFrom: '~/.aws/credentials, line 4',
    })
  })

  it('and AWS_DEFAULT_REGION before the files, AWS_REGION where nothing else says one', async () => {
    const ask = (env: NodeJS.ProcessEnv, region = '') => only(`[profile a]\n${region}`, undefined, env)
    const both = { AWS_REGION: 'r', AWS_DEFAULT_REGION: 'd' }
    expect(await ask(both, 'region = x\n')).toMatchObject({ region: 'd', regionFrom: 'AWS_DEFAULT_REGION' })
    expect(await ask({ AWS_REGION: 'r' }, 'region = x\n')).toMatchObject({ region: 'x' })
    expect(await ask({ AWS_REGION: 'r' })).toMatchObject({ region: 'r', regionFrom: 'AWS_REGION' })
  })
})

describe('a file that the AWS CLI refuses is told with its line, and the other one is still listed', () => {
  const beside = `[b]\n${KEYS}\n`
  it.each([
    ['a line without an equals sign', '[profile a]\nregion = x\nregion y\n', 3, /no "=" in "region y"/],
    [
      'a section without a bracket',
      '[profile a]\nregion = x\n\n[profile c\nregion = y\n',
      4,
      /"\[profile c" has no "\]"/,
    ],
    [
      'a section twice',
      '[profile a]\n[profile c]\n[profile a]\n',
      3,
      /\[profile a\] is there twice: it begins on line 1/,
    ],
    ['a key twice', '[profile a]\nregion = x\nregion = y\n', 3, /key region is there twice: on line 2/],
    ['a key before the first section', 'region = x\n', 1, /Before the first section/],
    ['a byte order mark', '\ufeff[profile a]\n', null, /byte order mark/],
    ['UTF-16', Buffer.from('\ufeff[profile a]\n', 'utf16le'), null, /UTF-16/],
    ['bytes that are no UTF-8', Buffer.from('[profile a]\nregion = \xfc\n', 'latin1'), 2, /no UTF-8/],
    ['a block with a line without an equals sign', '[profile a]\ns3 =\n  max\n', 3, /indented block/],
  ])('%s', async (_, config, line, message) => {
    const said = await list(config, beside)
    expect(said.problems).toEqual([{ file: '~/.aws/config', line, message: expect.stringMatching(message) }])
    expect(names(said)).toEqual(['b'])
  })

  it('with each of its lines that are wrong', async () => {
    expect((await list('[profile a]\none\n[profile b\n')).problems.map(({ line }) => line)).toEqual([2, 3])
  })

  it('without a secret that stands on such a line', async () => {
    const [problem] = (await list('[profile a]\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n')).problems
    expect(problem?.message).not.toContain('wJalr')
  })

  it('and so is one that is a folder, cannot be read, or is not where the environment says', async () => {
    await mkdir(join(home.path, '.aws/config'), { recursive: true })
    await home.credentials(beside)
    expect(await home.profiles().list()).toMatchObject({
      problems: [{ file: '~/.aws/config', message: 'It is a folder.' }],
      profiles: [{ name: 'b' }],
    })
    const elsewhere = await home.profiles({ AWS_CONFIG_FILE: '/nowhere/config' }).list()
    expect(elsewhere.problems).toEqual([
      { file: '/nowhere/config', line: null, message: 'AWS_CONFIG_FILE names it, and it is not there.' },
    ])
    const loop = join(home.path, 'loop')
    await symlink(loop, loop)
    expect((await home.profiles({ AWS_CONFIG_FILE: loop }).list()).problems[0]?.message).toBe(
      'It cannot be read (ELOOP).',
    )
    if (process.getuid?.() === 0) return
    await chmod(await home.write('closed', '[profile a]\n'), 0)
    const closed = await home.profiles({ AWS_CONFIG_FILE: join(home.path, 'closed') }).list()
    expect(closed.problems[0]?.message).toBe('It cannot be read (EACCES).')
  })

  it('and where there is none at all, nothing is wrong', async () => {
    expect(await home.profiles().list()).toEqual({ profiles: [], logins: [], problems: [] })
  })
})

it('on Windows %NAME% is a variable of a path, too, and elsewhere it is text', async () => {
  await home.write('x/config', '[profile w]\n')
  const env = { HOME: home.path, FOLDER: join(home.path, 'x'), AWS_CONFIG_FILE: '%FOLDER%/config' }
  const readOn = (platform: NodeJS.Platform) => awsFiles({ env, platform }).config()
  expect(await readOn('win32')).toMatchObject({ bytes: Buffer.from('[profile w]\n') })
  expect(await readOn('linux')).toMatchObject({ unreadable: 'AWS_CONFIG_FILE names it, and it is not there.' })
})

it('AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE may have variables and a tilde in them', async () => {
  await home.write('x/config', '[profile a]\n')
  await home.write('y/credentials', `[b]\n${KEYS}\n`)
  const env = { X: 'x', AWS_CONFIG_FILE: `$HOME/\${X}/config`, AWS_SHARED_CREDENTIALS_FILE: '~/y/credentials' }
  expect(names(await home.profiles(env).list())).toEqual(['a', 'b'])
})

describe('a profile that the AWS CLI refuses is listed with its line, and not used', () => {
  it.each([
    [
      'a session that is not there',
      `[profile a]\n${SSO}\n`,
      'its sso_session corp has no section (~/.aws/config, line 2)',
    ],
    [
      'a session and another start address',
      `[profile a]\n${SSO}\nsso_start_url = https://other\n${SESSION}`,
      'its sso_start_url is https://other (~/.aws/config, line 5), and that of its sso_session corp is ' +
        'https://corp.awsapps.com/start (~/.aws/config, line 7)',
    ],
    ['a key without its secret', '[profile a]\naws_access_key_id = x\n', 'its aws_access_key_id has no'],
    ['a role on nothing', `[profile a]\n${ROLE}\n`, 'its role_arn has neither source_profile nor credential_source'],
    [
      'a role on a profile that is not there',
      `[profile a]\n${ROLE}\nsource_profile = b\n`,
      'its source_profile b does not exist (~/.aws/config, line 3)',
    ],
    [
      'roles in a circle',
      `[profile a]\n${ROLE}\nsource_profile = b\n[profile b]\n${ROLE}\nsource_profile = a\n`,
      'of its source_profile b: its source_profile goes in a circle: a → b → a',
    ],
  ])('%s', async (_, config, problem) => {
    const [profile] = (await list(config)).profiles
    expect(profile).toMatchObject({ state: 'refused', hint: expect.stringContaining('The AWS CLI refuses it, too') })
    expect(profile?.problem).toContain(problem)
    expect(profileTargets(profile ? [profile] : [])).toMatchObject([{ problem: profile?.problem }])
  })
})

describe('a profile whose calls would go elsewhere is listed with its line, and not used', () => {
  it.each([
    [
      'its endpoint_url',
      '[profile a]\nendpoint_url = http://x:1\n',
      'endpoint_url sends its calls to http://x:1 (~/.aws/config, line 2)',
    ],
    [
      'its services section',
      '[profile a]\nservices = s\n[services s]\nkinesis =\n  endpoint_url = http://x\n',
      'its services section s sends calls of kinesis to http://x (~/.aws/config, line 2)',
    ],
    [
      'a metadata service',
      `[profile a]\n${ROLE}\ncredential_source = Ec2InstanceMetadata\n`,
      'it takes its credentials from a metadata service, Ec2InstanceMetadata (~/.aws/config, line 3)',
    ],
  ])('%s', async (_, config, problem) => {
    expect(await only(config)).toMatchObject({
      state: 'refused',
      problem,
      hint: expect.stringContaining('Take the line out'),
    })
  })

  it('but the address of [default] or of the environment is not that of another profile', async () => {
    const said = await list(`[default]\nendpoint_url = http://x\n[profile a]\n${KEYS}\n`, undefined, {
      AWS_ENDPOINT_URL: 'http://y',
    })
    expect(said.profiles.map(({ name, state }) => [name, state])).toEqual([
      ['default', 'refused'],
      ['a', 'ready'],
    ])
  })
})

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

it('profiles that are called as the sandbox is have ids of their own', async () => {
  const { profiles } = await list('', `[sandbox]\n${KEYS}\n[profile sandbox]\n${KEYS}\n`)
  expect(profileTargets(profiles).map(({ id, profile }) => [id, profile])).toEqual([
    ['profile profile sandbox', 'sandbox'],
    ['profile sandbox', 'profile sandbox'],
  ])
})

it('a profile that is listed holds no secret', async () => {
  const said = await profileOf(
    home.profiles({ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'not-to-be-seen' }),
    'environment',
  )
  await home.credentials('[a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-to-be-seen\n')
  expect(JSON.stringify([said, await profileOf(home.profiles(), 'a')])).not.toMatch(/not-to-be-seen|AKIA/)
})
