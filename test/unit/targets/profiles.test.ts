import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { profileTargets } from '../../../electron/core/targets/profiles/profile-targets.ts'
import { awsFiles } from '../../../electron/hosts/aws-files.ts'
import { profileOf } from '../../fixture/aws-profiles.ts'
import { home, homeForEach, KEYS, list, names, only, ROLE, SESSION, SSO } from './listed-profiles.ts'

homeForEach()

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
