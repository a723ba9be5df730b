import { CreatePersistentAppUICommand, DescribePersistentAppUICommand } from '@aws-sdk/client-emr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_READ_ONLY, all, applied, openCoreHere, SCOPE, value } from '../../fixture/open-core.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let clusterId: string

beforeAll(async () => {
  pipeline = await openCoreHere()
  await all(applied(pipeline.core))
  clusterId = value(await pipeline.core.jobs.list(SCOPE)).clusters[0]?.id ?? ''
})
afterAll(() => pipeline.close())

describe('the history server of a cluster', () => {
  it('is made at the first wish, is the same after that, and shows nothing while no application ran', async () => {
    const ask = async () => value(await pipeline.core.jobs.historyUi({ ...SCOPE, clusterId })).url
    expect([await ask(), await ask()]).toEqual([null, null])
    const { emr } = pipeline.aws
    const TargetResourceArn = `arn:aws:elasticmapreduce:us-east-1:000000000000:cluster/${clusterId}`
    const made = async () => (await emr.send(new CreatePersistentAppUICommand({ TargetResourceArn }))).PersistentAppUIId
    const [first, second] = [await made(), await made()]
    expect(second).toBe(first)
    const found = await emr.send(new DescribePersistentAppUICommand({ PersistentAppUIId: first }))
    expect(found.PersistentAppUI).toMatchObject({ PersistentAppUIStatus: 'ATTACHED', PersistentAppUITypeList: ['SHS'] })
  })

  it('is not made on a target that is read-only', async () => {
    const core = pipeline.another({ rules: AS_READ_ONLY })
    const refused = await core.jobs.historyUi({ ...SCOPE, clusterId })
    expect(refused).toMatchObject({ ok: false, error: { code: 'access_denied' } })
    await core.close()
  })

  it('of EMR that was never made, or of another cluster, is refused as not valid', async () => {
    const { emr } = pipeline.aws
    const invalid = { name: 'InvalidRequestException' }
    const unknown = emr.send(new DescribePersistentAppUICommand({ PersistentAppUIId: 'p-NOBODY' }))
    await expect(unknown).rejects.toMatchObject(invalid)
    const TargetResourceArn = 'arn:aws:elasticmapreduce:us-east-1:000000000000:cluster/j-NOBODY'
    await expect(emr.send(new CreatePersistentAppUICommand({ TargetResourceArn }))).rejects.toMatchObject(invalid)
  })
})
