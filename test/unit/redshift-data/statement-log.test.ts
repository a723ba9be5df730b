import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStatementLog, type StatementRecord } from '../../../electron/sandbox/redshift-data/statement-log.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const HOUR = 3_600_000
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-statements-'))
})
afterEach(() => rm(dir, { recursive: true }))

const statement = (
  number: number,
  createdMs: number,
  status: StatementRecord['status'] = 'FINISHED',
): StatementRecord => ({
  id: `id-${number}`,
  number,
  batch: false,
  sqls: ['select 1'],
  parameters: [],
  clientToken: `token-${number}`,
  database: 'dev',
  createdMs,
  updatedMs: createdMs,
  status,
  durationNs: 1,
  subs: [],
})

it('forgets statements a day after they were made, with their tokens, and keeps counting', () => {
  const log = openStatementLog(dir, NOW, careUnderTest().care)
  log.save(statement(1, NOW))
  log.save(statement(2, NOW + 2 * HOUR))
  log.prune(NOW + 25 * HOUR)
  expect(log.find('id-1')).toBeUndefined()
  expect(log.findByToken('token-1')).toBeUndefined()
  expect(log.find('id-2')?.number).toBe(2)
  expect(
    openStatementLog(dir, NOW + 25 * HOUR, careUnderTest().care)
      .list()
      .map(record => record.id),
  ).toEqual(['id-2'])
  expect(log.nextNumber()).toBe(3)
})

it('keeps a bounded number of those that ended, the newest, and every one that runs', async () => {
  const log = openStatementLog(dir, NOW, careUnderTest().care)
  log.save(statement(0, NOW, 'STARTED'))
  for (let number = 1; number <= 12_500; number++) log.save(statement(number, NOW))
  log.prune(NOW)
  expect(log.list()).toHaveLength(10_000)
  expect(log.find('id-0')?.status).toBe('STARTED')
  expect(log.find('id-12500')).toBeDefined()
  for (let number = 12_501; number <= 22_500; number++) log.save(statement(number, NOW))
  log.prune(NOW)
  const lines = (await readFile(join(dir, 'statements.jsonl'), 'utf8')).trim().split('\n')
  // With the header.
  expect(lines).toHaveLength(10_001)
})
