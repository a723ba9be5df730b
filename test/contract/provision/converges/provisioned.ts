import { afterAll, beforeAll, expect } from 'vitest'
import type { Change } from '../../../../shared/features/provision.ts'
import { all, applied, openCoreHere, SCOPE, type TestCore, value } from '../../../fixture/open-core.ts'

export const PIPELINE_TAG = 'sluice:pipeline'
export const StreamName = 'incoming-food-order-data'
export const RoleName = 'food-delivery-redshift-copy'

/** The provisioned pipeline of the file that runs, and core on it. */
export let pipeline: Awaited<ReturnType<typeof openCoreHere>>
export let core: TestCore

/** One pipeline for all tests of a file: each of them leaves it as it must be. */
export function provisionOnce(): void {
  beforeAll(async () => {
    const wait = { command: process.execPath, args: ['-e', 'setInterval(() => undefined, 1_000)'] }
    pipeline = await openCoreHere({ stepCommands: { wait: () => wait } })
    core = pipeline.core
    await all(applied(core))
  })
  afterAll(() => pipeline.close())
}

export const toDo = async (by = core) =>
  value(await by.provision.plan(SCOPE)).changes.filter(change => change.action !== 'keep')

/** What differs is planned as said; after one apply nothing is left to do. */
export async function converges(planned: Partial<Change>, by = core): Promise<void> {
  expect(await toDo(by)).toMatchObject([planned])
  await all(applied(by))
  expect(await toDo(by)).toEqual([])
}
