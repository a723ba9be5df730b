import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ListStreamsCommand } from '@aws-sdk/client-kinesis'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { HttpRequest } from '@smithy/core/protocols'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClients } from '../../../electron/core/targets/clients.ts'
import { profileTargets } from '../../../electron/core/targets/profiles/profile-targets.ts'
import {
  awsHandler,
  isAwsAddress,
  isThisMachine,
  sandboxAddress,
  sandboxHandler,
} from '../../../electron/core/targets/reachable.ts'
import type { PlacedTarget } from '../../../shared/features/targets.ts'
import { profilesHere } from '../../fixture/aws-profiles.ts'
import { ACCESS_KEY } from '../../fixture/open-core.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

/** A region that no name server knows: nothing of a test reaches AWS. */
const REGION = 'us-nowhere-9'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: Server
/** What came to the server on this machine. */
let came: string[]
let address: string

beforeEach(async () => {
  folder = await temporaryFolder()
  came = []
  server = createServer((request, response) => {
    came.push(`${request.method} ${request.url}`)
    response.end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('HOME', folder.path)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder.path, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder.path, 'credentials'))
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await folder.remove()
})

const KEYS = 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = example'

async function profiles(config: string): Promise<ReadonlyMap<string, PlacedTarget>> {
  await writeFile(join(folder.path, 'config'), config)
  const targets = profileTargets((await profilesHere().list()).profiles)
  return new Map(targets.map(target => [target.id, target]))
}

/** What the clients of a profile say when each is asked something. */
async function ask(target: PlacedTarget | undefined): Promise<string[]> {
  if (!target) throw new Error('the profile is not listed')
  const clients = createClients(target, ACCESS_KEY, { profiles: profilesHere(), now: Date.now })
  const asked = [
    clients.sts.send(new GetCallerIdentityCommand({})),
    clients.kinesis.send(new ListStreamsCommand({})),
    clients.s3.send(new ListBucketsCommand({})),
  ]
  const answers = await Promise.allSettled(asked)
  clients.close()
  return answers.map(answer => (answer.status === 'rejected' ? String(answer.reason.message) : 'answered'))
}

function redirectByEnvironment(): void {
  for (const service of ['', '_STS', '_KINESIS', '_S3', '_SSO', '_SSO_OIDC', '_SIGNIN'])
    vi.stubEnv(`AWS_ENDPOINT_URL${service}`, address)
  vi.stubEnv('HTTP_PROXY', address)
  vi.stubEnv('HTTPS_PROXY', address)
  vi.stubEnv('NODE_USE_ENV_PROXY', '1')
}

describe('a client of an account', () => {
  it('is not redirected by the environment, nor by the default profile', async () => {
    const known = await profiles(
      `[default]\nregion = ${REGION}\n${KEYS}\nendpoint_url = ${address}\n[profile plain]\nregion = ` +
        `${REGION}\n${KEYS}\n`,
    )
    vi.stubEnv('AWS_PROFILE', 'default')
    const before = await ask(known.get('plain'))
    redirectByEnvironment()
    const after = await ask(known.get('plain'))
    expect([...before, ...after].every(answer => answer.includes(`${REGION}.amazonaws.com`))).toBe(true)
    expect(came).toEqual([])
  })

  it('gets its credentials from AWS alone: role, web identity and single sign-on are not redirected', async () => {
    const token = join(folder.path, 'token')
    await writeFile(token, 'a.b.c')
    await mkdir(join(folder.path, '.aws', 'sso', 'cache'), { recursive: true })
    const cached = createHash('sha1').update('corp').digest('hex')
    await writeFile(
      join(folder.path, '.aws', 'sso', 'cache', `${cached}.json`),
      JSON.stringify({ accessToken: 'token', expiresAt: '2999-01-01T00:00:00Z', region: REGION }),
    )
    const sso = `sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader`
    const known = await profiles(`[profile keys]\n${KEYS}
[profile role]\nregion = ${REGION}\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = keys
[profile web]\nregion = ${REGION}\nrole_arn = arn:aws:iam::123456789012:role/reader\nweb_identity_token_file = ${token}
[profile sso]\nregion = ${REGION}\n${sso}
[sso-session corp]\nsso_region = ${REGION}\nsso_start_url = https://corp.example/start\n`)
    redirectByEnvironment()
    for (const name of ['role', 'web', 'sso']) {
      const said = await ask(known.get(name))
      expect(
        said.every(answer => answer.includes(`${REGION}.amazonaws.com`)),
        `${name}: ${said[0]}`,
      ).toBe(true)
    }
    expect(came).toEqual([])
  })
})

it(
  'a profile with an endpoint of its own, or with credentials of a metadata service, is listed with its line and ' +
    'is not used',
  async () => {
    const role = 'role_arn = arn:aws:iam::123456789012:role/reader'
    const known = await profiles(`[profile own]\nregion = ${REGION}\n${KEYS}\nendpoint_url = ${address}
[profile local]\nregion = ${REGION}\n${KEYS}\nservices = here\n[services here]\nkinesis =\n  endpoint_url = ${address}
[profile machine]\nregion = ${REGION}\n${role}\ncredential_source = Ec2InstanceMetadata
[profile chained]\nregion = ${REGION}\n${role}\nsource_profile = machine
[profile ignores]\nregion = ${REGION}\n${KEYS}\nendpoint_url = ${address}\nignore_configured_endpoint_urls = true\n`)
    expect(known.get('own')?.problem).toBe(
      `endpoint_url sends its calls to ${address} (${join(folder.path, 'config')}, line 5)`,
    )
    expect(known.get('local')?.problem).toContain(`its services section here sends calls of kinesis to ${address}`)
    expect(known.get('chained')?.problem).toContain(
      'it takes its credentials from a metadata service, Ec2InstanceMetadata',
    )
    for (const name of ['own', 'local', 'machine', 'chained'])
      await expect(ask(known.get(name)), name).rejects.toThrow(
        `${name} cannot be used in Sluice: ${known.get(name)?.problem}`,
      )
    expect(known.get('ignores')?.problem).toBeUndefined()
    expect((await ask(known.get('ignores')))[0]).toContain('amazonaws.com')
    expect(came).toEqual([])
  },
)

describe('the address that is really called', () => {
  const request = (url: URL, hostname = url.hostname) =>
    new HttpRequest({
      protocol: url.protocol,
      hostname,
      path: '/',
      method: 'GET',
      ...(url.port && { port: Number(url.port) }),
    })

  it('of an account is refused before a socket is opened, however this machine is written', async () => {
    const { port } = new URL(address)
    const handler = awsHandler()
    const names = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '2130706433',
      '0x7f000001',
      '127.1',
      '0.0.0.0',
      'localhost.',
    ]
    for (const hostname of [...names, 'sts.amazonaws.com@127.0.0.1', '169.254.169.254', 'localhost.example'])
      for (const protocol of ['http:', 'https:']) {
        const sent = handler.handle(request(new URL(`${protocol}//x:${port}`), hostname))
        await expect(sent, `${protocol}//${hostname}`).rejects.toThrow("at AWS's own addresses only")
      }
    handler.destroy()
    expect(came).toEqual([])
  })

  it.each([
    ['sts.us-east-1.amazonaws.com', true],
    ['bucket.s3.eu-central-1.amazonaws.com', true],
    ['kinesis.cn-north-1.amazonaws.com.cn', true],
    ['kinesis.us-east-1.api.aws', true],
    ['portal.sso.eu-west-1.amazonaws.com', true],
    ['us-east-1.signin.aws.amazon.com', true],
    ['amazonaws.com', false],
    ['amazonaws.com.example', false],
    ['xamazonaws.com', false],
    ['sts.amazonaws.com.', false],
    ['sts.amazonaws.com/', false],
    ['www.amazon.com', false],
  ])('%s is an address of AWS: %s', (hostname, is) => {
    expect(isAwsAddress({ protocol: 'https:', hostname })).toBe(is)
    expect(isAwsAddress({ protocol: 'http:', hostname })).toBe(false)
    expect(isAwsAddress({ protocol: 'https:', hostname, port: 8443 })).toBe(false)
    expect(isAwsAddress({ protocol: 'https:', hostname, username: 'u' })).toBe(false)
  })

  it('of a name of AWS that resolves to this machine or its link is not believed', () => {
    for (const ip of ['127.0.0.1', '127.8.9.1', '0.0.0.0', '169.254.169.254'])
      expect(isThisMachine(ip, 4), ip).toBe(true)
    for (const ip of ['::1', '::', '::ffff:127.0.0.1', 'fe80::1', 'fd00:ec2::254'])
      expect(isThisMachine(ip, 6), ip).toBe(true)
    expect(isThisMachine('10.0.0.4', 4)).toBe(false)
    expect(isThisMachine('2600:1f18::1', 6)).toBe(false)
  })

  it('of a sandbox is that sandbox, and no other port or name of this machine', async () => {
    const other = new URL(address)
    const handler = sandboxHandler(sandboxAddress(`http://127.0.0.1:${Number(other.port) + 1}`))
    await expect(handler.handle(request(other))).rejects.toThrow('was about to call')
    handler.destroy()
    expect(came).toEqual([])
    for (const endpoint of [
      'http://localhost.:1',
      'https://127.0.0.1:1',
      'http://u:p@127.0.0.1:1',
      'http://10.0.0.1:1',
      'http://localhost.example:1',
    ])
      expect(() => sandboxAddress(endpoint), endpoint).toThrow('must be on loopback')
  })
})
