import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { DUCKDB_VERSION } from '../../../shared/duckdb/version.ts'
import { type BatchToLoad, transactionOf } from '../../../shared/job/fill-statement.ts'
import { parseJobPlan, watermarkOf } from '../../../shared/job/plan.ts'
import { compileJobPlan } from '../../../shared/pipelines/compile/compile.ts'
import { field, queryOf } from './pipeline-to-compile.ts'

const plan = compileJobPlan(queryOf([]))
const BATCH: BatchToLoad = {
  queryId: "it's",
  batchId: 7,
  counts: { read: 10, invalid: 1, late: 2, duplicatesInBatch: 3, staged: 4 },
  sourceRecords: 8,
  watermarkMs: Date.parse('2026-11-02T12:00:00.125Z'),
  staged: 's3://bucket/staging/toTable/batch=000000000007/',
  copyRole: 'arn:aws:iam::000000000000:role/copy',
}

describe('a plan is read', () => {
  it('as it was compiled', () => {
    expect(parseJobPlan(JSON.stringify(plan), 'plan.json')).toEqual(plan)
    expect(watermarkOf(plan, 300_001)).toBe(1)
    expect(watermarkOf(plan, undefined)).toBeUndefined()
  })

  const cases: [what: string, text: string, said: RegExp][] = [
    ['what is no JSON', '{', /plan.json is not a job plan: it is not JSON/],
    [
      'a pipeline spec',
      '{"id":"x"}',
      /not a job plan of format 2, .* its format is undefined. Deploy the artifacts again./,
    ],
    ['an older format', JSON.stringify({ ...plan, format: 1 }), /its format is 1/],
    ['a member more', JSON.stringify({ ...plan, more: 1 }), /more/],
    ['a member less', JSON.stringify({ ...plan, judge: { ...plan.judge, counts: undefined } }), /judge.counts/],
    ['another DuckDB', JSON.stringify({ ...plan, duckdb: '1.0.0' }), /compiled for DuckDB 1.0.0, and this engine has/],
  ]
  it.each(cases)('not from %s', (_, text, said) => {
    expect(() => parseJobPlan(text, 'plan.json')).toThrow(said)
  })
})

it('the DuckDB of the plan is that of both engines: package.json, requirements.txt and what runs', async () => {
  const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  expect(dependencies['@duckdb/node-api']).toMatch(new RegExp(`^${DUCKDB_VERSION}-r\\.\\d+$`))
  expect(read('spark/requirements.txt').split('\n')).toContain(`duckdb==${DUCKDB_VERSION}`)
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const version = await connection.runAndReadAll('select version()')
  connection.closeSync()
  expect(version.getRows()).toEqual([[`v${DUCKDB_VERSION}`]])
})

it('two fields whose names differ in capitals only are refused: SQL takes them for one', () => {
  expect(() => compileJobPlan(queryOf([field('ID', 'string')]))).toThrow('two fields are called ID')
})

/** SQL, whose lines may end anywhere. */
const onOneLine = (sql: string | undefined): string => (sql ?? '').replaceAll(/\s+/g, ' ')

describe('the transaction of a batch', () => {
  it('locks, copies, writes the row of the batch once, merges, and says what became of it', () => {
    const statements = transactionOf(plan, BATCH)
    expect(statements.map(statement => statement.split(' ').slice(0, 3).join(' '))).toEqual([
      'lock mart.batches',
      'create temp table',
      'copy sluice_stage from',
      'insert into mart.batches',
      'merge into mart.facts',
      'select duplicate_rows_matched, loaded_rows',
    ])
    expect(statements[1]).toBe('create temp table sluice_stage (like mart.facts)')
    expect(statements[2]).toBe(
      "copy sluice_stage from 's3://bucket/staging/toTable/batch=000000000007/' iam_role " +
        "'arn:aws:iam::000000000000:role/copy' format as parquet",
    )
    expect(onOneLine(statements[3])).toContain(
      "select 'it''s', 7, 10, 1, 2, 3, 4, m.matched, m.fresh, cast('2026-11-02 12:00:00.125' as timestamp), " +
        'getdate(), 8 from',
    )
    expect(statements.join()).not.toMatch(/[{}]/)
  })

  it('without staged rows only writes the row of the batch', () => {
    const statements = transactionOf(plan, { ...BATCH, staged: undefined, watermarkMs: undefined })
    expect(statements).toHaveLength(3)
    expect(onOneLine(statements[1])).toContain('0, 0, cast(null as timestamp), getdate(), 8 where not exists')
  })

  it('stages what goes into a SUPER as text, and parses it in the MERGE', () => {
    const columns = [{ name: 'items', type: 'SUPER', expression: 'items' }]
    const statements = transactionOf(compileJobPlan(queryOf([field('items', { list: 'int' })], { columns })), BATCH)
    expect(statements[1]).toBe(
      'create temp table sluice_stage (id VARCHAR(36), items VARCHAR(65535), shard_id VARCHAR(32), batch_id BIGINT)',
    )
    expect(statements[4]).toMatch(/values \(sluice_stage.id, json_parse\(sluice_stage.items\), sluice_stage.shard_id/)
  })

  it('fails on a place that nobody fills', () => {
    const broken = {
      ...plan,
      sink: { ...plan.sink, transaction: { ...plan.sink.transaction, lock: ['lock {nowhere}'] } },
    }
    expect(() => transactionOf(broken, BATCH)).toThrow('a place that this engine does not know: {nowhere}')
  })
})
