import { CreateStreamCommand, DeleteStreamCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AwsClients } from '../../../electron/core/targets/clients.ts'
import { systemClock } from '../../../electron/hosts/clock.ts'
import { clientsOfTest } from '../../fixture/clients-of-test.ts'
import {
  ACCESS_KEY,
  foodDelivery,
  openCore,
  openSandboxHere,
  SCOPE,
  sandboxTarget,
  type TestCore,
  value,
} from '../../fixture/open-core.ts'

const MIX = { seed: 1, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 }

let sandbox: Awaited<ReturnType<typeof openSandboxHere>>
let core: TestCore
let aws: AwsClients
/** How far the clock that signatures are checked by is ahead. */
let aheadMs: number
let StreamName: string

beforeEach(async () => {
  aheadMs = 0
  const now = () => Date.now() + aheadMs
  sandbox = await openSandboxHere({ access: { key: ACCESS_KEY, anyKey: false, checkSignatures: true, now } })
  const target = sandboxTarget(sandbox.endpoint)
  const spec = await foodDelivery()
  core = openCore({ target, spec, folder: sandbox.folder, clock: systemClock })
  aws = clientsOfTest(target, ACCESS_KEY)
  StreamName = spec.source.stream
  await aws.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  await waitUntilStreamExists({ client: aws.kinesis, maxWaitTime: 30, minDelay: 1 }, { StreamName })
})
afterEach(async () => {
  aws.close()
  await core.close()
  await sandbox.close()
})

const status = async () => value(await core.simulator.status(SCOPE))
const start = async (events?: number) =>
  value(
    await core.simulator.start({
      ...SCOPE,
      options: { mix: MIX, profile: { kind: 'constant', perSecond: 200 }, ...(events !== undefined && { events }) },
    }),
  )

it('a run goes on after its requests were refused for a clock that was set, and sends each event', async () => {
  await start(600)
  await expect.poll(async () => (await status()).counts.accepted).toBeGreaterThan(100)
  aheadMs = 25 * 3_600_000
  await expect.poll(async () => (await status()).counts.retried).toBeGreaterThan(0)
  expect((await status()).state).toBe('running')
  aheadMs = 0
  await expect.poll(async () => (await status()).state).toBe('stopped')
  expect((await status()).counts).toMatchObject({ accepted: 600, unconfirmed: 0 })
})

it('a run whose stream is deleted fails, and says why', async () => {
  await start()
  await expect.poll(async () => (await status()).counts.accepted).toBeGreaterThan(100)
  await aws.kinesis.send(new DeleteStreamCommand({ StreamName }))
  await expect.poll(async () => (await status()).state).toBe('failed')
  expect((await status()).reason).toMatch(/^ResourceNotFoundException: /)
})
