import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { offeredRoles, profileSection } from '../../../electron/core/targets/profiles/offered.ts'
import { offeredLines } from '../../../electron/hosts/cli/offered.ts'
import { openPortal, type Portal } from '../../../electron/sandbox/identity-center/portal.ts'
import { type AwsHome, awsHome, profileOf } from '../../fixture/aws-profiles.ts'
import { clientConfigOf } from '../../fixture/client-config.ts'
import { CORP, handlerTo } from '../../fixture/portal.ts'

const NOW = Date.parse('2026-12-01T12:00:00Z')
const TOKEN = `.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`
const CONFIG =
  '# mine\n[profile data]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\n' +
  `[sso-session corp]\nsso_start_url = ${CORP.startUrl}\nsso_region = eu-central-1`

let home: AwsHome
let portal: Portal
beforeEach(async () => {
  home = await awsHome()
  await home.config(CONFIG)
  portal = await openPortal({ instance: CORP, now: () => NOW })
})
afterEach(async () => {
  await portal.close()
  await home.remove()
})

async function offered() {
  const profiles = home.profiles({}, () => NOW)
  const login = await profiles.loginOf({})
  const clientConfig = clientConfigOf(handlerTo(() => portal.endpoint))
  const { signal } = new AbortController()
  return { login, roles: await offeredRoles({ profiles, clientConfig, now: () => NOW, login, signal }) }
}

function logIn() {
  const session = { startUrl: CORP.startUrl }
  portal.state.sessions.add(session)
  portal.state.accessTokens.set('t', { session, expiresMs: NOW + 3_600_000 })
  return home.write(TOKEN, JSON.stringify({ accessToken: 't', expiresAt: '2026-12-01T13:00:00Z' }))
}

it('the roles that a session offers and no profile names are listed, or how to log in is said', async () => {
  const loggedOut = { error: { reason: 'logged_out', hint: 'Log in: sluice login --sso-session corp' } }
  await expect(offered()).rejects.toMatchObject(loggedOut)
  await logIn()
  const { roles } = await offered()
  expect(roles).toEqual([
    { accountId: '111122223333', accountName: 'Data', roleName: 'Admin' },
    { accountId: '444455556666', accountName: 'Web', roleName: 'ReadOnly' },
  ])
  expect(offeredLines('corp', roles)[2]).toMatch(/^111122223333 +Data +Admin$/)
  portal.revoke()
  await expect(offered()).rejects.toMatchObject(loggedOut)
})

it('a profile for one of them is put at the end of the file, and nothing else in it changes', async () => {
  await logIn()
  const { login, roles } = await offered()
  const [first] = roles
  if (!first) throw new Error('Nothing is offered')
  const profiles = home.profiles({}, () => NOW)
  const wanted = { ...first, login, region: 'eu-west-1' }
  const section = await profileSection(profiles, { ...wanted, name: 'data-admin' }, NOW)
  const { backup } = await profiles.files.appendToConfig(section)
  expect(await readFile(backup ?? '', 'utf8')).toBe(CONFIG)
  expect(await readFile(join(home.path, '.aws/config'), 'utf8')).toBe(
    `${CONFIG}\n\n# Admin in Data, written by Sluice on 2026-12-01\n[profile data-admin]\nsso_session = corp\n` +
      'sso_account_id = 111122223333\nsso_role_name = Admin\nregion = eu-west-1\n',
  )
  expect(await profileOf(profiles, 'data-admin')).toMatchObject({ account: '111122223333', state: 'logged-in' })
  expect((await offered()).roles).toHaveLength(1)
  expect((await readdir(join(home.path, '.aws'))).length).toBe(3)
  for (const name of ['data-admin', 'two words', ']\n[profile x'])
    await expect(profileSection(profiles, { ...wanted, name }, NOW), name).rejects.toMatchObject({
      error: { code: 'invalid_input' },
    })
  await expect(
    profileSection(profiles, { ...wanted, name: 'new', region: 'eu-west-1\n[x]' }, NOW),
  ).rejects.toMatchObject({
    error: { message: '"eu-west-1\\n[x]" is no region.' },
  })
})
