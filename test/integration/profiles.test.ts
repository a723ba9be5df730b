import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { SANDBOX_ACCOUNT } from '../../electron/sandbox/place.ts'
import type { Profile } from '../../shared/features/targets.ts'
import { type AwsHome, awsHome } from '../fixture/aws-profiles.ts'
import { sluiceOnTerminal } from '../fixture/on-terminal.ts'
import { type Finished, type Started, startSluice } from '../fixture/sluice.ts'

const ROLE = 'role_arn = arn:aws:iam::123456789012:role/reader'
const KEYS = 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret'
const CONFIG = `[profile "my team"]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = ReadOnly
region = eu-west-1
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
[profile login]
login_session = arn:aws:iam::444455556666:user/me
region = eu-west-1
[profile process]
credential_process = sh -c "echo no token: log in first >&2; exit 3"
region = eu-west-1
[profile mfa]
${ROLE}
source_profile = keys
mfa_serial = arn:aws:iam::123456789012:mfa/me
region = eu-west-1
[profile nothing]
output = json
[profile elsewhere]
endpoint_url = http://127.0.0.1:9
region = eu-west-1
[sso-session mars]
sso_start_url = https://mars.awsapps.com/start
sso_region = mars-north-1
`

let home: AwsHome
let sandbox: Started
let data: string
beforeAll(async () => {
  home = await awsHome()
  await home.config(CONFIG)
  await home.credentials(`[keys]\n${KEYS}\n`)
  data = join(home.path, 'data')
  await mkdir(data)
  sandbox = startSluice(['sandbox', '--data', data])
  await sandbox.prints('AWS_DEFAULT_REGION')
})
afterAll(async () => {
  sandbox.child.kill('SIGINT')
  await sandbox.finished
  await home.remove()
})

/** With the files of the test, and nothing else that the machine says about AWS. */
const run = (...args: string[]): Promise<Finished> =>
  startSluice(args, {
    HOME: home.path,
    ...Object.fromEntries(
      ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'].map((name, index) => [
        name,
        join(home.path, '.aws', index === 0 ? 'config' : 'credentials'),
      ]),
    ),
  }).finished

it('sluice profiles --json prints an array, in which a region that nobody says is null', async () => {
  const { json, exitCode, stderr } = await run('profiles', '--json')
  expect([exitCode, stderr]).toEqual([0, ''])
  const said = (json as Profile[]).map(({ name, region, account, role, kind, state }) => [
    ...[name, region, account, role, kind, state],
  ])
  expect(said).toEqual([
    ['my team', 'eu-west-1', '111122223333', 'ReadOnly', 'sso', 'logged-out'],
    ['login', 'eu-west-1', '444455556666', null, 'login', 'logged-out'],
    ['process', 'eu-west-1', null, null, 'process', 'ready'],
    ['mfa', 'eu-west-1', '123456789012', 'reader', 'role', 'mfa'],
    ['nothing', null, null, null, 'none', 'none'],
    ['elsewhere', 'eu-west-1', null, null, 'none', 'refused'],
    ['keys', null, null, null, 'keys', 'ready'],
  ])
})

it('sluice profiles prints a table, what is to be done, and with its line what cannot be read', async () => {
  const { stdout } = await run('profiles')
  expect(stdout).toMatch(/^profile +kind +account +role +region +state +time left\n/)
  expect(stdout).toMatch(/^nothing +none +– +– +no region +no credentials +–$/m)
  expect(stdout).toContain("○ my team: Log in, then try again: sluice login --profile 'my team'")
  await home.credentials('[keys]\nnonsense\n')
  const broken = await run('profiles', '--json')
  await home.credentials(`[keys]\n${KEYS}\n`)
  expect(broken.exitCode).toBe(0)
  expect(broken.stderr).toContain(`${join(home.path, '.aws/credentials')}, line 2: There is no "=" in "nonsense".`)
  expect(broken.json).toHaveLength(6)
})

describe('sluice whoami', () => {
  it('says who the credentials of the sandbox are', async () => {
    const { json, exitCode } = await run('whoami', '--json', '--data', data)
    expect(exitCode).toBe(0)
    expect(json).toMatchObject({ target: 'sandbox', profile: null, account: SANDBOX_ACCOUNT })
  })

  it.each([
    ['my team', 'Nobody is logged in for my team.', "sluice login --profile 'my team'"],
    ['login', 'The login of login is not there', 'aws login --profile login'],
    ['process', 'ended with exit code 3: no token: log in first', 'Its credential_process gives them'],
    ['mfa', 'takes a code of an MFA device, and nobody was there', 'sluice whoami --profile mfa'],
    ['nothing', 'nothing says where its credentials come from', 'aws configure sso --profile nothing'],
    ['elsewhere', 'endpoint_url sends its calls to http://127.0.0.1:9', 'Take the line out of the file'],
    ['keys', 'Nothing says which region of AWS keys is for.', 'aws configure set region'],
    ['nobody', 'There is no AWS profile "nobody".', 'Known: my team, login'],
  ])('of the profile %s fails with what is missing, and a hint that fits its kind', async (profile, said, hint) => {
    const { exitCode, stderr, stdout } = await run('whoami', '--profile', profile)
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain(said)
    expect(stderr).toContain(hint)
    if (!hint.includes('sluice login')) expect(stderr).not.toContain('sluice login')
  })
})

it('sluice whoami asks at a terminal for the code of an MFA device', async () => {
  vi.stubEnv('HOME', home.path)
  vi.stubEnv('AWS_CONFIG_FILE', join(home.path, '.aws/config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home.path, '.aws/credentials'))
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
  // A region that no name server knows: nothing of a test reaches AWS.
  const asked = ['whoami', '--profile', 'mfa', '--region', 'us-nowhere-9']
  const question = 'The role of mfa takes the code of the MFA device arn:aws:iam::123456789012:mfa/me: '
  const { exitCode, screen } = await sluiceOnTerminal(asked, [[question, '123456\n']])
  vi.unstubAllEnvs()
  expect(exitCode).toBe(1)
  expect(screen).toContain(question)
  expect(screen).toContain('✗ No answer: getaddrinfo ENOTFOUND sts.us-nowhere-9.amazonaws.com')
})

describe('--profile and --region', () => {
  it('name the target of a command on a pipeline, for which no sandbox has to run', async () => {
    const fresh = join(home.path, 'fresh')
    const { exitCode, stderr } = await run('plan', '--profile', 'my team', '--region', 'eu-north-1', '--data', fresh)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('Nobody is logged in for my team.')
    expect(stderr).not.toContain('sandbox')
  })

  it('are refused where they name nothing, or a region without a profile', async () => {
    expect((await run('lag', '--region', 'eu-north-1', '--data', data)).stderr).toContain(
      '--region goes with --profile',
    )
    expect((await run('lag', '--profile', 'nobody', '--data', data)).stderr).toContain(
      'There is no AWS profile "nobody"',
    )
    expect(await run('lag', '--profile', 'mfa', '--region', 'moon')).toMatchObject({ exitCode: 2 })
  })
})

it('the AWS CLI and Sluice find a file where a variable of the environment says, with a variable in it', async () => {
  await writeFile(join(home.path, 'other'), '[profile other]\nregion = eu-west-3\n')
  const { json } = await startSluice(['profiles', '--json'], {
    HOME: home.path,
    AWS_CONFIG_FILE: '$HOME/other',
    AWS_SHARED_CREDENTIALS_FILE: '~/none-here',
  }).finished
  expect(json).toMatchObject([{ name: 'other', region: 'eu-west-3', kind: 'none' }])
})

describe('sluice login', () => {
  it('says what there is to log in to, and for a profile of another kind what its own way is', async () => {
    const login = await run('login', '--profile', 'login')
    expect([login.exitCode, login.stdout]).toEqual([1, ''])
    expect(login.stderr).toContain('login does not log in with IAM Identity Center.')
    expect(login.stderr).toContain('aws login --profile login')
    const unknown = await run('login', '--sso-session', 'nobody')
    expect(unknown.exitCode).toBe(1)
    expect(unknown.stderr).toContain('There is no sso-session "nobody".\n  Known: corp, mars.')
    expect((await run('login', '--profile', 'a', '--sso-session', 'b')).exitCode).toBe(2)
  })

  it('ends with the region that it asked and the line that names it, where nobody answers', async () => {
    const { exitCode, stderr } = await run('login', '--sso-session', 'mars', '--device-code')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/is mars-north-1 a region \(\S+config, line 27\)\?/)
  })
})
