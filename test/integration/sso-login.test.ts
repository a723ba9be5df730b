import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { profileCredentials } from '../../electron/core/targets/profiles/credentials.ts'
import { logIn } from '../../electron/core/targets/profiles/login/log-in.ts'
import { systemClock } from '../../electron/hosts/clock.ts'
import { loginHost } from '../../electron/hosts/login-callback.ts'
import { openPortal, type Portal } from '../../electron/sandbox/identity-center/portal.ts'
import { type AwsHome, awsHome } from '../fixture/aws-profiles.ts'
import { clientConfigOf } from '../fixture/client-config.ts'
import { CORP, decide, handlerTo } from '../fixture/portal.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const TOKEN = `.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`

let home: AwsHome
let portal: Portal
beforeAll(async () => {
  home = await awsHome()
  await home.config(
    '[profile data]\nregion = eu-west-1\nsso_session = corp\n' +
      'sso_account_id = 111122223333\nsso_role_name = ReadOnly\n' +
      `[sso-session corp]\nsso_start_url = ${CORP.startUrl}\nsso_region = eu-central-1\n`,
  )
  portal = await openPortal({ instance: CORP, now: Date.now })
})
afterAll(async () => {
  await portal.close()
  await home.remove()
})

const clientConfig = () => clientConfigOf(handlerTo(() => portal.endpoint))

async function logInWithSluice(): Promise<void> {
  const profiles = home.profiles()
  const login = await profiles.loginOf({ profile: 'data' })
  const parts = { files: profiles.files, host: loginHost, clientConfig: clientConfig(), clock: systemClock, login }
  for await (const event of logIn({ ...parts, way: 'browser' }, new AbortController().signal))
    if (event.state === 'waiting') await fetch((await decide(portal, event.url, 'allow')).location ?? '')
}

interface Botocore {
  method: string
  accessKeyId: string
  accounts: string[]
  roles: string[]
  token: string
  expiration: string
}

/** boto3, with the files of the test, and with the portal where it would call AWS. */
async function askBotocore(): Promise<Botocore> {
  const child = spawn(
    path('../../.cache/foreign-clients/bin/python'),
    [path('botocore_sso.py'), 'data', '111122223333'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL_SSO: portal.endpoint,
        AWS_ENDPOINT_URL_SSO_OIDC: portal.endpoint,
        HOME: home.path,
        PYTHONUTF8: '1',
        PATH: process.env.PATH,
      },
    },
  )
  return JSON.parse(await text(child.stdout))
}

const kept = async () => JSON.parse(await readFile(join(home.path, TOKEN), 'utf8'))

describe('a login by Sluice', () => {
  it('is one for botocore, which gets credentials by it, and lists what it may use', async () => {
    await logInWithSluice()
    portal.asked.length = 0
    expect(await askBotocore()).toMatchObject({
      method: 'sso',
      accessKeyId: expect.stringMatching(/^ASIA/),
      accounts: ['111122223333', '444455556666'],
      roles: ['ReadOnly', 'Admin'],
      token: (await kept()).accessToken,
    })
    expect(portal.asked).toEqual(['GetRoleCredentials', 'ListAccounts', 'ListAccountRoles', 'ListAccountRoles'])
  })

  it('is refreshed by botocore when it ends, and Sluice goes on with that, and the other way around', async () => {
    const endsSoon = async () =>
      writeFile(
        join(home.path, TOKEN),
        JSON.stringify({ ...(await kept()), expiresAt: new Date(Date.now() + 60_000).toISOString() }),
      )
    const { provide } = profileCredentials({
      profiles: home.profiles(),
      profile: 'data',
      region: 'eu-west-1',
      clientConfig: clientConfig(),
      now: Date.now,
    })
    await endsSoon()
    portal.asked.length = 0
    const { token } = await askBotocore()
    expect(portal.asked.slice(0, 2)).toEqual(['CreateToken', 'GetRoleCredentials'])
    expect((await kept()).accessToken).toBe(token)
    expect(await provide()).toMatchObject({ accountId: '111122223333' })
    await endsSoon()
    const { provide: another } = profileCredentials({
      profiles: home.profiles(),
      profile: 'data',
      region: 'eu-west-1',
      clientConfig: clientConfig(),
      now: Date.now,
    })
    await another()
    expect((await kept()).accessToken).not.toBe(token)
    expect((await stat(join(home.path, TOKEN))).mode & 0o777).toBe(0o600)
    expect((await askBotocore()).token).toBe((await kept()).accessToken)
  })
})
