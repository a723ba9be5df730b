import { createHash } from 'node:crypto'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AwsClients, createClients } from '../../../electron/core/targets/clients.ts'
import { profileTargets } from '../../../electron/core/targets/profiles/profile-targets.ts'
import { patiently } from '../../../electron/core/work/patience.ts'
import { reporter } from '../../../electron/core/work/work.ts'
import { systemClock } from '../../../electron/hosts/clock.ts'
import { openPortal, type Portal } from '../../../electron/sandbox/identity-center/portal.ts'
import { createSts } from '../../../electron/sandbox/sts/sts.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { type AwsHome, awsHome } from '../../fixture/aws-profiles.ts'
import { CORP, handlerTo } from '../../fixture/portal.ts'
import { serveServices } from '../fixture/serve-services.ts'

const TOKEN = `.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`

let home: AwsHome
let portal: Portal
let sts: Awaited<ReturnType<typeof serveServices>>
let clients: AwsClients

beforeEach(async () => {
  home = await awsHome()
  await home.config(
    '[profile data]\nregion = eu-west-1\nsso_session = corp\n' +
      'sso_account_id = 111122223333\nsso_role_name = ReadOnly\n' +
      `[sso-session corp]\nsso_start_url = ${CORP.startUrl}\nsso_region = eu-central-1\n`,
  )
  portal = await openPortal({ instance: CORP, now: Date.now })
  sts = await serveServices([createSts({ account: '111122223333' })], true)
  const profiles = home.profiles()
  const [target] = profileTargets((await profiles.list()).profiles)
  if (!target) throw new Error('There is no target')
  clients = createClients(target, { accessKeyId: '', secretAccessKey: '' }, { profiles, now: Date.now })
  // One handler is that of all clients: what it would send to AWS goes to the twins of this test.
  const handler = handlerTo(host => (host.startsWith('sts.') ? sts.endpoint : portal.endpoint))
  clients.sts.config.requestHandler.handle = handler.handle as never
})
afterEach(async () => {
  clients.close()
  await sts.close()
  await portal.close()
  await home.remove()
})

const logIn = (accessToken: string) => {
  const session = { startUrl: CORP.startUrl }
  portal.state.sessions.add(session)
  portal.state.accessTokens.set(accessToken, { session, expiresMs: Date.now() + 3_600_000 })
  return home.write(TOKEN, JSON.stringify({ accessToken, expiresAt: new Date(Date.now() + 3_600_000).toISOString() }))
}
const ask = () => clients.sts.send(new GetCallerIdentityCommand({}))

it('what somebody asks to see fails at once with the reason that nobody is logged in', async () => {
  await expect(ask()).rejects.toMatchObject({ error: { code: 'auth_expired', reason: 'logged_out' } })
})

it('work is paused where nobody is logged in, and goes on by itself when somebody is', async () => {
  async function* work(): AsyncGenerator<WorkEvent> {
    const report = reporter(systemClock, 'ask', 'Ask')
    yield report('running')
    const { Account } = await ask()
    yield report('done', Account)
  }
  const events: WorkEvent[] = []
  const { signal } = new AbortController()
  for await (const event of patiently(work, { clock: systemClock, signal })) {
    events.push(event)
    if (event.step === 'login-1' && event.state === 'running') await logIn('first')
  }
  expect(events.map(({ step, state, detail }) => [step, state, detail])).toEqual([
    ['ask', 'running', undefined],
    ['login-1', 'running', 'Nobody is logged in for data. Log in, then try again: sluice login --profile data'],
    ['login-1', 'done', 'it goes on'],
    ['ask', 'done', '111122223333'],
  ])
})

it('work that is paused can be cancelled', async () => {
  const abort = new AbortController()
  async function* work(): AsyncGenerator<WorkEvent> {
    await ask()
    yield reporter(systemClock, 'ask', 'Ask')('done')
  }
  const taken = (async () => {
    for await (const event of patiently(work, { clock: systemClock, signal: abort.signal }))
      if (event.state === 'running') abort.abort()
  })()
  await expect(taken).rejects.toMatchObject({ name: 'AbortError' })
})
