import { describe, expect, it } from 'vitest'
import { jobsContract } from '../../../shared/features/jobs.ts'
import { streamContract } from '../../../shared/features/stream.ts'
import { SCOPE } from '../../fixture/open-core.ts'

const ON_CLUSTER = { ...SCOPE, clusterId: 'j-1' }

/** What no id of AWS holds: the patterns of its models refuse it, or it would be another path of S3. */
const ODD = ['', 'a b', 'a/../b', '\ud800', 'ab\0', 'x'.repeat(300)]

describe('ids that come in are those that AWS makes, before anything is sent for them', () => {
  it('of clusters', () => {
    const takes = (clusterId: string) => jobsContract.applicationUi.input.safeParse({ ...SCOPE, clusterId }).success
    expect(['j-1', 'j-2AXXXXXXGAPLF'].map(takes)).toEqual([true, true])
    expect(ODD.filter(takes)).toEqual([])
  })

  it('of steps, also of those whose logs are read', () => {
    const cancels = (stepId: string) => jobsContract.cancelStep.input.safeParse({ ...ON_CLUSTER, stepId }).success
    const reads = (stepId: string) =>
      jobsContract.logs.input.safeParse({ ...ON_CLUSTER, stepId, file: 'stderr' }).success
    expect([cancels('s-1'), reads('s-1')]).toEqual([true, true])
    expect(ODD.filter(id => cancels(id) || reads(id))).toEqual([])
  })

  it('of partitions', () => {
    const takes = (partitionId: string) =>
      streamContract.records.input.safeParse({ ...SCOPE, partitionId, from: { kind: 'oldest' } }).success
    expect(['shardId-000000000000', '0'].map(takes)).toEqual([true, true])
    expect(ODD.filter(takes)).toEqual([])
  })
})
