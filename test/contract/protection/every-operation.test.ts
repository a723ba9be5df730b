import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateStreamCommand } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { planId } from '../../../electron/core/provision/plan-identity.ts'
import { createClients } from '../../../electron/core/targets/clients.ts'
import { EFFECTS, effectOf, nameOf } from '../../../shared/features/effects.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import {
  ACCESS_KEY,
  AS_PRODUCTION,
  AS_READ_ONLY,
  foodDelivery,
  gateOf,
  openCore,
  SCOPE,
  sandboxTarget,
  type TestCore,
} from '../../fixture/open-core.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { waiting } from '../../fixture/waiting.ts'

/** Every operation that changes something, with an input that it takes. */
const CHANGING: Record<string, object> = {
  'provision.apply': { ...SCOPE, shown: { id: planId([]), changes: [] } },
  'provision.destroy': { ...SCOPE, confirm: SCOPE.pipeline },
  'provision.limit': { ...SCOPE, limit: null },
  'cost.extend': { ...SCOPE, hours: 1 },
  'artifacts.deploy': SCOPE,
  'artifacts.back': SCOPE,
  'warehouse.createAndLoadDimensions': SCOPE,
  'warehouse.query': { ...SCOPE, sql: 'insert into public.t values (1)' },
  'warehouse.parquet': { ...SCOPE, sql: 'insert into public.t values (1)' },
  'simulator.start': {
    ...SCOPE,
    options: {
      mix: { seed: 1, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 },
      profile: { kind: 'constant', perSecond: 1 },
    },
  },
  'stream.repartition': { ...SCOPE, partitions: 3 },
  'checkpoint.archiveSpark': { ...SCOPE, address: 's3://bucket/spark/', confirm: SCOPE.pipeline },
  'checkpoint.reset': { ...SCOPE, from: { kind: 'oldest' }, confirm: SCOPE.pipeline },
  'checkpoint.restore': { ...SCOPE, archive: 'any', confirm: SCOPE.pipeline },
  'jobs.start': SCOPE,
  'jobs.drain': SCOPE,
  'jobs.cancel': SCOPE,
  'jobs.addStep': { ...SCOPE, clusterId: 'j-1', name: 'one', arguments: [] },
  'jobs.cancelStep': { ...SCOPE, clusterId: 'j-1', stepId: 's-1' },
  'jobs.protect': { ...SCOPE, clusterId: 'j-1', on: true },
  'jobs.historyUi': { ...SCOPE, clusterId: 'j-1' },
  'jobs.terminate': { ...SCOPE, clusterId: 'j-1', confirm: 'j-1' },
}

const changing = Object.entries(EFFECTS).flatMap(([feature, operations]) =>
  Object.entries(operations).flatMap(([operation, effect]) =>
    typeof effect === 'string' ? [] : [`${feature}.${operation}`],
  ),
)

/** Answers nothing that helps, and counts who asks. */
let aws: Server
let endpoint: string
let requests: string[] = []
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let core: TestCore

beforeAll(async () => {
  aws = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers['x-amz-target'] ?? ''}`)
    request.resume().once('end', () => response.writeHead(400, { 'content-type': 'text/plain' }).end())
  })
  await new Promise<void>(resolve => aws.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`
  folder = await temporaryFolder()
  core = await coreWith(AS_PRODUCTION)
})
afterAll(async () => {
  await core.close()
  aws.closeAllConnections()
  await new Promise(resolve => aws.close(resolve))
  await folder.remove()
})
beforeEach(() => {
  requests = []
})

const coreWith = async (rules: typeof AS_PRODUCTION) =>
  openCore({ target: sandboxTarget(endpoint), rules, spec: await foodDelivery(), folder: folder.path })

type Answer = { ok: boolean; error?: AppError }
type Method = (input: object, signal?: AbortSignal, unlock?: string) => Promise<Answer> | AsyncIterable<Answer>

/** The first failure of an operation, or nothing where it has none. */
async function errorOf(
  services: TestCore,
  op: string,
  input: object,
  { ticket, signal }: { ticket?: string; signal?: AbortSignal } = {},
): Promise<AppError | undefined> {
  const [feature = '', operation = ''] = op.split('.')
  const method = (services as unknown as Record<string, Record<string, Method>>)[feature]?.[operation]
  if (!method) throw new Error(`There is no ${op}`)
  const answer = method(input, signal, ticket)
  if ('then' in answer) return (await answer).error
  for await (const result of answer) if (!result.ok) return result.error
  return undefined
}

/** Runs an operation until it has called its target, or ended without: its failure until then. */
async function errorUntilCalled(services: TestCore, op: string, ticket?: string): Promise<AppError | undefined> {
  const abort = new AbortController()
  const failed = errorOf(services, op, CHANGING[op] ?? {}, {
    signal: abort.signal,
    ...(ticket !== undefined && { ticket }),
  })
  let isOver = false
  const over = () => {
    isOver = true
  }
  failed.then(over, over)
  // A destroy of nothing has nothing to call.
  const isThrough = () => requests.length > 0 || (isOver && op !== 'simulator.start')
  await expect.poll(isThrough, waiting).toBe(true)
  abort.abort()
  if (op === 'simulator.start') await services.simulator.stop(SCOPE)
  return failed
}

const ticketFor = async (op: string, input: object, typed: string): Promise<string> => {
  const unlocked = await core.protection.unlock({ op, input, typed })
  if (!unlocked.ok) throw new Error(unlocked.error.message)
  return unlocked.value.ticket
}

describe('of the operations of all contracts', () => {
  it('each has an effect, and each that changes something is tried here', () => {
    const services: (keyof Services)[] = Object.keys(EFFECTS) as (keyof Services)[]
    for (const feature of services)
      expect(Object.keys(EFFECTS[feature]).sort(), feature).toEqual(Object.keys(core[feature]).sort())
    expect(
      Object.keys(core)
        .filter(name => name !== 'close')
        .sort(),
    ).toEqual([...services].sort())
    expect(Object.keys(CHANGING).sort()).toEqual(changing.toSorted())
  })

  it.each(changing)('%s is refused on production before any call, and says what is to be typed', async op => {
    const input = CHANGING[op] ?? {}
    const error = await errorOf(core, op, input)
    const effect = effectOf(op)
    expect(error).toMatchObject({
      code: 'access_denied',
      reason: 'protected',
      unlock: {
        type: effect && nameOf(effect, { thenStop: true, ...input }),
        accountClass: 'production',
        target: 'Sandbox',
        account: '000000000000',
        region: 'us-east-1',
      },
    })
    expect(error?.hint).toContain(error?.unlock?.type)
    expect(requests).toEqual([])
  })

  it.each(changing)('%s goes through once it is unlocked, and only once', async op => {
    const input = CHANGING[op] ?? {}
    const { unlock } = (await errorOf(core, op, input)) ?? {}
    const ticket = await ticketFor(op, input, unlock?.type ?? '')
    expect((await errorUntilCalled(core, op, ticket))?.reason).not.toBe('protected')
    expect(await errorOf(core, op, input, { ticket })).toMatchObject({
      reason: 'protected',
      message: expect.stringContaining('is for another run, was used, or has expired'),
    })
  })

  it.each(changing)('%s cannot be unlocked where the rules say never', async op => {
    const readOnly = await coreWith(AS_READ_ONLY)
    const error = await errorOf(readOnly, op, CHANGING[op] ?? {})
    expect(error).toMatchObject({ code: 'access_denied', reason: 'protected' })
    expect(error?.unlock).toBeUndefined()
    expect(requests).toEqual([])
    await readOnly.close()
  })

  it.each(changing)('%s is done without a word on a target of development', async op => {
    const open = await coreWith([])
    expect((await errorUntilCalled(open, op))?.reason).not.toBe('protected')
    await open.close()
  })
})

it('a wrong name, and an operation that changes nothing, unlock nothing', async () => {
  const input = CHANGING['provision.destroy'] ?? {}
  const unlock = (op: string, typed: string) => core.protection.unlock({ op, input, typed })
  expect(await unlock('provision.destroy', 'destroy')).toMatchObject({ ok: false, error: { reason: 'unconfirmed' } })
  expect(await unlock('provision.plan', 'plan food-delivery')).toMatchObject({ ok: false })
  expect(await unlock('no.such', 'destroy food-delivery')).toMatchObject({ ok: false, error: { code: 'not_found' } })
})

it('below every service a client of a protected target sends nothing that changes something', async () => {
  const clients = createClients(sandboxTarget(endpoint), ACCESS_KEY, undefined, gateOf(AS_PRODUCTION).gate)
  await expect(clients.kinesis.send(new CreateStreamCommand({ StreamName: 'x' }))).rejects.toMatchObject({
    error: { code: 'access_denied', reason: 'protected', message: expect.stringContaining('CreateStream is refused') },
  })
  expect(requests).toEqual([])
  clients.close()
})
