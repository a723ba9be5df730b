import { CreateStreamCommand, DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AwsClients, createClients } from '../../../electron/core/targets/clients.ts'
import { profileTargets } from '../../../electron/core/targets/profiles/profile-targets.ts'
import type { ProtectionRule } from '../../../shared/features/protection.ts'
import { type AwsHome, awsHome } from '../../fixture/aws-profiles.ts'
import { type Fault, withFaults } from '../../fixture/faults.ts'
import { gateOf, openSandboxHere, sandboxTarget } from '../../fixture/open-core.ts'
import { handlerTo } from '../../fixture/portal.ts'

/** The account that STS of the sandbox says. */
const ACCOUNT = '000000000000'

let home: AwsHome
let sandbox: Awaited<ReturnType<typeof openSandboxHere>>
let faults: Awaited<ReturnType<typeof withFaults>>
let faultOf: (action: string) => Fault | undefined
let hosts: string[]
const open: AwsClients[] = []

beforeEach(async () => {
  faultOf = () => undefined
  hosts = []
  home = await awsHome()
  await home.config(
    '[profile dev-data]\nregion = eu-west-1\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n' +
      'aws_secret_access_key = example\n',
  )
  const key = { accessKeyId: 'SLUICETESTS234567ABC', secretAccessKey: 'a-secret-of-forty-characters-for-tests-1' }
  sandbox = await openSandboxHere({ access: { key, anyKey: true, checkSignatures: false, now: Date.now } })
  faults = await withFaults(sandbox.endpoint, action => faultOf(action))
})
afterEach(async () => {
  for (const clients of open.splice(0)) clients.close()
  await faults.close()
  await sandbox.close()
  await home.remove()
})

/** Clients of an AWS profile whose calls go to the sandbox; `account`: what the profile claims. */
async function clientsWith(rules: ProtectionRule[], account = '') {
  const profiles = home.profiles()
  const [target] = profileTargets((await profiles.list()).profiles)
  if (!target) throw new Error('There is no target')
  const { gate, changes } = gateOf(rules)
  const clients = createClients(
    { ...target, account },
    { accessKeyId: '', secretAccessKey: '' },
    { profiles, now: Date.now },
    gate,
  )
  const handler = handlerTo(host => {
    hosts.push(host.split('.')[0] ?? '')
    return faults.endpoint
  })
  clients.sts.config.requestHandler.handle = handler.handle as never
  open.push(clients)
  return { clients, changes }
}

const create = (clients: AwsClients, name = 'orders') =>
  clients.kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }))

it('before the first change of a session STS is asked whose account it is, and not again', async () => {
  const { clients, changes } = await clientsWith([{ class: 'development', account: ACCOUNT }])
  const reading = clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'none' }))
  await expect(reading).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  expect(hosts).toEqual(['kinesis'])
  await create(clients)
  await create(clients, 'more')
  expect(hosts.slice(1)).toEqual(['sts', 'kinesis', 'kinesis'])
  expect(changes).toMatchObject([
    { account: ACCOUNT, who: `arn:aws:iam::${ACCOUNT}:root`, service: 'Kinesis', call: 'CreateStream' },
    { call: 'CreateStream' },
  ])
})

it('a set of credentials that was renewed is asked about again', async () => {
  const { clients } = await clientsWith([{ class: 'development', account: ACCOUNT }])
  await create(clients)
  await home.config(
    '[profile dev-data]\nregion = eu-west-1\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = other\n',
  )
  await create(clients, 'more')
  expect(hosts).toEqual(['sts', 'kinesis', 'sts', 'kinesis'])
})

it('a rule by account goes by what STS says: a profile that claims another account changes nothing', async () => {
  const { clients, changes } = await clientsWith([{ class: 'development', account: '111122223333' }], '111122223333')
  await expect(create(clients)).rejects.toMatchObject({
    error: {
      code: 'conflict',
      message: `Profile dev-data says account 111122223333, and its credentials are those of account ${ACCOUNT}.`,
    },
  })
  expect(hosts).toEqual(['sts'])
  expect(changes).toEqual([])
})

it('an account that no rule names is production, whatever its profile is called', async () => {
  const { clients } = await clientsWith([{ class: 'development', account: '111122223333', profile: 'dev-*' }])
  await expect(create(clients)).rejects.toMatchObject({ error: { reason: 'protected' } })
  expect(hosts).toEqual(['sts'])
})

it('a denied alias is no error: rules by alias do not fit, and that is said', async () => {
  faultOf = action => (action === 'iam:ListAccountAliases' ? 'denied' : undefined)
  const { clients } = await clientsWith([{ class: 'development', alias: '*' }])
  await expect(create(clients)).rejects.toMatchObject({
    error: {
      reason: 'protected',
      message: expect.stringContaining('iam:ListAccountAliases was denied, so no rule by alias fits'),
    },
  })
  expect(hosts).toEqual(['sts', 'iam'])
})

it('the alias is asked for where a rule has one, and never otherwise', async () => {
  const { clients } = await clientsWith([
    { class: 'production', alias: 'corp-prod' },
    { class: 'development', account: ACCOUNT },
  ])
  await create(clients)
  expect(hosts).toEqual(['sts', 'iam', 'kinesis'])
})

it('where STS does not answer, nothing is changed', async () => {
  const { clients } = await clientsWith([{ class: 'development', profile: '*' }])
  await faults.close()
  await expect(create(clients)).rejects.toThrow()
  expect(new Set(hosts)).toEqual(new Set(['sts']))
})

it('Sluice’s own client asks IAM for the alias as it is asked for on AWS', async () => {
  const key = { accessKeyId: 'SLUICETESTS234567ABC', secretAccessKey: 'a-secret-of-forty-characters-for-tests-1' }
  const clients = createClients(sandboxTarget(sandbox.endpoint), key)
  open.push(clients)
  expect(await clients.askFacts({ aliases: true })).toEqual({
    account: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:root`,
    aliases: [],
  })
})
