import { DeleteStreamCommand } from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ACCESS_KEY, SCOPE, value } from '../../fixture/open-core.ts'
import { openCoreOnAStream } from './core-on-a-stream.ts'

const MIX = { seed: 1, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 }

let on: Awaited<ReturnType<typeof openCoreOnAStream>>
/** How far the clock that signatures are checked by is ahead. */
let aheadMs: number

beforeEach(async () => {
  aheadMs = 0
  const now = () => Date.now() + aheadMs
  on = await openCoreOnAStream({ sandbox: { access: { key: ACCESS_KEY, anyKey: false, checkSignatures: true, now } } })
})
afterEach(() => on.close())

const status = async () => value(await on.core.simulator.status(SCOPE))
const start = async (events?: number) =>
  value(
    await on.core.simulator.start({
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
  await on.aws.kinesis.send(new DeleteStreamCommand({ StreamName: on.StreamName }))
  await expect.poll(async () => (await status()).state).toBe('failed')
  expect((await status()).reason).toMatch(/^ResourceNotFoundException: /)
})
