import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { StateCare } from '../../../shared/state/damage.ts'
import { openLineLog } from '../../../shared/state/line-log.ts'
import { StoredResult } from './result.ts'

const SubStatement = z.object({
  sql: z.string(),
  status: z.enum(['SUBMITTED', 'STARTED', 'FINISHED', 'FAILED', 'ABORTED']),
  error: z.string().optional(),
  durationNs: z.number(),
  updatedMs: z.number(),
  hasResultSet: z.boolean(),
  /** Rows of the result, or rows changed; -1 where neither is. */
  rows: z.int(),
  result: StoredResult.optional(),
})

/** What the Data API knows of a statement, or of a batch of them. */
export const StatementRecord = z.object({
  id: z.string(),
  number: z.int(),
  name: z.string().optional(),
  batch: z.boolean(),
  sqls: z.array(z.string()),
  parameters: z.array(z.object({ name: z.string(), value: z.string() })),
  clientToken: z.string().optional(),
  database: z.string(),
  clusterIdentifier: z.string().optional(),
  workgroupName: z.string().optional(),
  dbUser: z.string().optional(),
  createdMs: z.number(),
  updatedMs: z.number(),
  status: z.enum(['SUBMITTED', 'PICKED', 'STARTED', 'FINISHED', 'FAILED', 'ABORTED']),
  error: z.string().optional(),
  durationNs: z.number(),
  subs: z.array(SubStatement),
  /** The format that its results are asked for in; JSON when it says nothing. */
  resultFormat: z.enum(['JSON', 'CSV']).optional(),
  executionMode: z.enum(['TRANSACTION', 'AUTO_COMMIT']).optional(),
  sessionId: z.string().optional(),
})
export type StatementRecord = z.output<typeof StatementRecord>
export type SubStatement = z.output<typeof SubStatement>

export interface StatementLog {
  /** Whether an older version wrote it, which forgot outcomes by their age. */
  wasPlain: boolean
  find(id: string): StatementRecord | undefined
  findByToken(token: string): StatementRecord | undefined
  /** Newest first. */
  list(): StatementRecord[]
  /**
   * Writes a statement with what changes of it; only then do readers see the change. @throws when the disk does not
   * take it
   */
  save(record: StatementRecord, changes?: Partial<StatementRecord>): void
  /** Where the result of one statement of a batch lies. */
  resultFile(id: string, sub: number): string
  nextNumber(): number
  /**
   * Forgets what is over a day old and what is over the number kept; the file is rewritten when most of it is
   * forgotten.
   */
  prune(nowMs: number): void
}

/** Results and statements are kept for a day (Management Guide, "Considerations when calling the Data API"). */
const KEPT_MS = 24 * 3_600_000
/**
 * A job with a batch a second would leave 86,400 a day, of some kilobytes each: the sandbox keeps this many of those
 * that ended.
 */
const KEPT_COUNT = 10_000
const LOG = 'statements.jsonl'
const ENDED = new Set<StatementRecord['status']>(['FINISHED', 'FAILED', 'ABORTED'])
const REWRITE_SLACK = 2_000

/**
 * Opens the log: every state of a statement that was reported is a line of it. Without lines that are damaged it goes
 * on: what a statement did is in the warehouse, and only a request by its id is answered that there is none.
 */
export function openStatementLog(dir: string, nowMs: number, care: StateCare): StatementLog {
  const results = join(dir, 'results')
  mkdirSync(results, { recursive: true })
  const records = new Map<string, StatementRecord>()
  const byToken = new Map<string, StatementRecord>()
  let lastNumber = 0
  const remember = (record: StatementRecord) => {
    records.set(record.id, record)
    if (record.clientToken) byToken.set(record.clientToken, record)
    lastNumber = Math.max(lastNumber, record.number)
  }
  const resultFile = (id: string, sub: number) => join(results, `${id}.${sub}.jsonl`)

  function forget(record: StatementRecord): void {
    records.delete(record.id)
    if (record.clientToken) byToken.delete(record.clientToken)
    record.subs.forEach((_, sub) => void rmSync(resultFile(record.id, sub), { force: true }))
  }

  function prune(atMs: number): void {
    let over = records.size - KEPT_COUNT
    for (const record of records.values()) {
      if (!ENDED.has(record.status) && record.createdMs > atMs - KEPT_MS) continue
      if (record.createdMs > atMs - KEPT_MS && over-- <= 0) continue
      forget(record)
    }
    if (log.length() >= 2 * records.size + REWRITE_SLACK) log.rewrite([...records.values()])
  }

  const { log, entries, wasPlain } = openLineLog(join(dir, LOG), {
    schema: StatementRecord,
    care,
    lost: 'what the Data API knew of statements: their state, and results that were not fetched',
    canGoOn: true,
  })
  for (const record of entries) remember(record)
  prune(nowMs)
  return {
    wasPlain,
    find: id => records.get(id),
    findByToken: token => byToken.get(token),
    list: () => [...records.values()].reverse(),
    save(record, changes = {}) {
      log.append({ ...record, ...changes })
      remember(Object.assign(record, changes))
    },
    resultFile,
    nextNumber: () => lastNumber + 1,
    prune,
  }
}
