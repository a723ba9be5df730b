import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Change } from '../../../shared/features/provision.ts'
import { withFaults } from '../../fixture/faults.ts'
import { applied, openCoreHere, SCOPE, type TestCore, value } from '../../fixture/open-core.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let account: Awaited<ReturnType<typeof withFaults>>
let core: TestCore
const denied = new Set<string>()

beforeEach(() => denied.clear())
beforeAll(async () => {
  pipeline = await openCoreHere()
  account = await withFaults(pipeline.target.endpoint ?? '', action => (denied.has(action) ? 'denied' : undefined))
  core = pipeline.another({ endpoint: account.endpoint })
})
afterAll(async () => {
  await core.close()
  await account.close()
  await pipeline.close()
})

const plan = async () => value(await core.provision.plan(SCOPE)).changes
const byKind = (changes: readonly Change[], kind: Change['kind']) => changes.filter(change => change.kind === kind)

describe('a read that AWS denies', () => {
  it('holds back what depends on it, in words, while apply does the others', async () => {
    denied.add('iam:GetInstanceProfile')
    const [cluster] = byKind(await plan(), 'cluster')
    expect(cluster).toMatchObject({
      action: 'create',
      blocked:
        'needs instance-profile:food-delivery-emr-instances, which cannot be read: AccessDenied, needs the ' +
        'permission iam:GetInstanceProfile',
    })
    const { done, error } = await finish(applied(core))
    expect(error).toMatchObject({
      code: 'access_denied',
      message: '1 change was not applied; the others are done.',
      details: [expect.stringContaining('cluster:food-delivery: needs instance-profile:food-delivery-emr-instances')],
    })
    expect(done).toContain('stream:incoming-food-order-data')
    expect(done).not.toContain('cluster:food-delivery')
    const actions = (await plan()).map(change => change.action)
    expect(actions.filter(action => action !== 'keep')).toEqual(['unreadable', 'create'])
    denied.clear()
    expect(await finish(applied(core))).toMatchObject({ error: undefined })
  })

  // From here on everything is there.
  for (const [action, kind, rows] of [
    ['kinesis:DescribeStreamSummary', 'stream', 1],
    ['kinesis:ListTagsForStream', 'stream', 1],
    ['elasticmapreduce:ListClusters', 'cluster', 1],
    ['iam:GetInstanceProfile', 'instance-profile', 1],
    ['iam:ListAttachedRolePolicies', 'role', 4],
    ['redshift-data:ListSchemas', 'schema', 1],
    ['s3:ListBucket', 'bucket', 3],
  ] as const)
    it(`of ${action} costs the rows that need it, and names the permission; the others are planned`, async () => {
      denied.add(action)
      const changes = await plan()
      const unreadable = changes.filter(change => change.action === 'unreadable')
      expect(unreadable).toHaveLength(rows)
      for (const change of unreadable)
        expect(change).toMatchObject({
          kind,
          permissions: [action],
          blocked: expect.stringMatching(`^cannot be read: AccessDenied, needs the permission ${action}(?:, unless|$)`),
        })
      expect(changes).toHaveLength(11)
    })

  it('does not make an apply fail that has nothing to do about what depends on it', async () => {
    denied.add('iam:GetRole')
    const { error } = await finish(applied(core))
    expect(error).toBeUndefined()
  })
})

async function finish(work: ReturnType<typeof applied>) {
  const done: string[] = []
  for await (const result of work) {
    if (!result.ok) return { done, error: result.error }
    if (result.value.state === 'done') done.push(result.value.step)
  }
  return { done, error: undefined }
}
