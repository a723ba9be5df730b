import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createQueryLog } from '../../../electron/core/warehouse/query-log.ts'
import type { LoggedQuery } from '../../../shared/features/warehouse.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { flip } from '../../fixture/damage-file.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

const KEY = Buffer.alloc(32, 7)
const QUERY: LoggedQuery = {
  at: '2026-11-30T22:00:00.000Z',
  sql: "select 'somebody'",
  state: 'done',
  rows: 1,
  durationMs: 3,
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

const place = () => join(folder.path, 'warehouse')
const file = () => join(place(), 'queries.sealed')
const open = (key: Buffer | undefined) => {
  const { care, notices } = careUnderTest()
  return { ...createQueryLog(folder.path, Promise.resolve(key), () => undefined, care), notices }
}

describe('the history of queries', () => {
  it('is on disk only sealed, for its owner, and is read again with the same key', async () => {
    await open(KEY).add(QUERY)
    expect(readFileSync(file()).includes('somebody')).toBe(false)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(await open(KEY).list()).toEqual({ queries: [QUERY], kept: 'sealed' })
  })

  it('is not written at all where there is no keychain', async () => {
    const log = open(undefined)
    await log.add(QUERY)
    expect(await log.list()).toEqual({ queries: [QUERY], kept: 'memory' })
    expect(readdirSync(folder.path)).toEqual([])
  })

  it.each([
    ['that another key sealed', () => Buffer.alloc(32, 8)],
    [
      'in which one byte was changed',
      () => {
        flip(file(), 30)
        return KEY
      },
    ],
  ])('%s is renamed with a notice, never read and never deleted', async (_, keyNow) => {
    await open(KEY).add(QUERY)
    const log = open(keyNow())
    expect((await log.list()).queries).toEqual([])
    expect(log.notices).toMatchObject([{ state: 'bad', title: expect.stringContaining('queries.sealed') }])
    expect(readdirSync(place())).toEqual([expect.stringMatching(/^queries\.sealed\.damaged-/)])
  })
})
