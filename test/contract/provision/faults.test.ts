import { ListClustersCommand } from '@aws-sdk/client-emr'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { type Fault, withFaults } from '../../fixture/faults.ts'
import { applied, openCoreHere, SCOPE, type TestCore, value } from '../../fixture/open-core.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let account: Awaited<ReturnType<typeof withFaults>>
let core: TestCore
/** What becomes of the first calls of each action, and how many of them. */
let fault: Fault | undefined
let times: number
let isHit: (action: string) => boolean
let hits: Map<string, number>

beforeEach(async () => {
  fault = undefined
  times = 1
  isHit = () => true
  hits = new Map()
  pipeline = await openCoreHere()
  account = await withFaults(pipeline.target.endpoint ?? '', action => {
    const before = hits.get(action) ?? 0
    if (fault === undefined || !isHit(action) || before >= times) return undefined
    hits.set(action, before + 1)
    return fault
  })
  core = pipeline.another({ endpoint: account.endpoint })
})
afterEach(async () => {
  await core.close()
  await account.close()
  await pipeline.close()
})

/** Applies what the plan says, again after each failure, and returns what these said. */
async function applyUntilDone(): Promise<AppError[]> {
  const errors: AppError[] = []
  for (let asked = 0; asked < 60; asked++) {
    let error: AppError | undefined
    for await (const result of applied(core)) if (!result.ok) error = result.error
    if (!error) return errors
    errors.push(error)
  }
  throw new Error(`It does not come to an end: ${errors.at(-1)?.message}`)
}

const isChange = (action: string): boolean => !/:(?:Get|List|Describe|Head|GET|HEAD)/.test(action)

/** All is as it must be, and there is one cluster. */
async function expectWhole(): Promise<void> {
  fault = undefined
  const { changes } = value(await core.provision.plan(SCOPE))
  expect(changes.filter(({ action }) => action !== 'keep')).toEqual([])
  const { Clusters = [] } = await pipeline.aws.emr.send(new ListClustersCommand({}))
  expect(Clusters).toHaveLength(1)
}

describe('apply', () => {
  it('goes on by itself when the first call of each action is throttled', async () => {
    fault = 'throttled'
    expect(await applyUntilDone()).toEqual([])
    expect(hits.size).toBeGreaterThan(20)
    await expectWhole()
  })

  it('goes on by itself when the connection of the first call of each action is cut', async () => {
    fault = 'cut'
    expect(await applyUntilDone()).toEqual([])
    await expectWhole()
  })

  it('says that the login has ended wherever it ends, and goes on after the next login', async () => {
    fault = 'expired'
    isHit = isChange
    const errors = await applyUntilDone()
    expect(errors.length).toBeGreaterThan(10)
    for (const error of errors) expect(error).toMatchObject({ code: 'auth_expired', retryable: true })
    await expectWhole()
  })

  it('makes nothing twice when each change is made once without an answer', async () => {
    fault = 'unanswered'
    isHit = isChange
    await applyUntilDone()
    expect(hits.get('elasticmapreduce:RunJobFlow')).toBe(1)
    await expectWhole()
  })

  it('waits until EMR sees the instance profile that IAM has just made', async () => {
    fault = 'unseen'
    times = 3
    isHit = action => action === 'elasticmapreduce:RunJobFlow'
    expect(await applyUntilDone()).toEqual([])
    expect(hits.get('elasticmapreduce:RunJobFlow')).toBe(3)
    await expectWhole()
  })

  it('that waits for an answer which does not come ends when it is cancelled, and goes on later', async () => {
    fault = 'silent'
    isHit = action => action === 'kinesis:CreateStream'
    const leave = new AbortController()
    let last: AppError | undefined
    const work = (async () => {
      for await (const result of applied(core, SCOPE, leave.signal)) if (!result.ok) last = result.error
    })()
    await expect.poll(() => hits.get('kinesis:CreateStream')).toBe(1)
    leave.abort()
    await work
    expect(last).toMatchObject({ code: 'cancelled' })
    expect(await applyUntilDone()).toEqual([])
    await expectWhole()
  })
})

describe('a bucket whose name is not free', () => {
  it('is reported as that, with what to do, and nothing is written to it', async () => {
    fault = 'taken'
    times = 1_000
    const asked: string[] = []
    isHit = action => {
      if (action.startsWith('s3:PUT')) asked.push(action)
      return action === 's3:PUT bucket '
    }
    let error: AppError | undefined
    for await (const result of applied(core)) if (!result.ok) error = result.error
    expect(error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('is taken: a bucket of another account has it'),
      hint: expect.stringContaining('another name in the spec'),
    })
    expect(new Set(asked)).toEqual(new Set(['s3:PUT bucket ']))
  })

  it('is reported as one that may be taken where S3 does not let it be read', async () => {
    fault = 'denied'
    times = 1_000
    isHit = action => action === 's3:ListBucket'
    const { changes } = value(await core.provision.plan(SCOPE))
    for (const change of changes.filter(({ kind }) => kind === 'bucket'))
      expect(change).toMatchObject({
        action: 'unreadable',
        blocked: expect.stringContaining('unless the name is taken by a bucket of another account'),
      })
  })

  it('is waited for while S3 lets the name go', async () => {
    fault = 'conflicting'
    times = 2
    isHit = action => action === 's3:PUT bucket '
    expect(await applyUntilDone()).toEqual([])
    expect(hits.get('s3:PUT bucket ')).toBe(2)
    await expectWhole()
  })
})

describe('a step', () => {
  it('is not added twice when EMR adds it without an answer, and that is reported', async () => {
    expect(await applyUntilDone()).toEqual([])
    const steps = async () => {
      const [cluster] = value(await core.jobs.list(SCOPE)).clusters
      return { clusterId: cluster?.id ?? '', names: cluster?.steps.map(({ name }) => name) }
    }
    const { clusterId } = await steps()
    fault = 'unanswered'
    isHit = action => action === 'elasticmapreduce:AddJobFlowSteps'
    const step = { name: 'once', arguments: ['nothing'] }
    let error: AppError | undefined
    for await (const result of core.jobs.addStep({ ...SCOPE, clusterId, ...step })) if (!result.ok) error = result.error
    expect(error).toMatchObject({ code: 'unavailable', hint: expect.stringContaining('before you add it again') })
    expect((await steps()).names).toEqual(['once'])
  })
})
