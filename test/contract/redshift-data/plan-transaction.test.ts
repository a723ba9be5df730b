import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { classifyBatch } from '../../../electron/engine/rules/batch.ts'
import { transactionOf } from '../../../shared/job/fill-statement.ts'
import { compileJobPlan } from '../../../shared/pipelines/compile/compile.ts'
import { field, queryOf } from '../../unit/compile/pipeline-to-compile.ts'
import { useWarehouse } from './warehouse-under-test.ts'

const warehouse = useWarehouse()

const plan = compileJobPlan(
  queryOf([field('items', { list: { struct: [{ name: 'sku', type: 'string' }] } })], {
    columns: [{ name: 'items', type: 'SUPER', expression: 'items' }],
  }),
)
const TABLES = [
  'create schema mart',
  'create table mart.facts (id varchar(36), items super, shard_id varchar(32), batch_id bigint)',
  `create table mart.batches (query_id varchar(64), batch_id bigint, read_rows bigint, invalid_rows bigint,
     late_rows bigint, duplicate_rows_in_batch bigint, staged_rows bigint, duplicate_rows_matched bigint,
     loaded_rows bigint, watermark timestamp,
     committed_at timestamp, kinesis_records bigint)`,
]

it('a compiled transaction loads nested values into a SUPER, and changes nothing when it runs again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-plan-'))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  try {
    const stagedFile = join(folder, 'staged.parquet')
    const events = [{ id: 'a', items: [{ sku: 'x' }] }, { id: 'b' }, { id: 'a' }, { id: 1 }]
    const { counts } = await classifyBatch(connection, plan, {
      batchId: 3,
      records: events.map((event, place) => ({
        partitionId: 'shardId-0',
        offset: String(place),
        partitionKey: 'k',
        arrivedMs: 0,
        readAtMs: 0,
        data: Buffer.from(JSON.stringify({ at: '2026-11-02T12:00:00Z', ...event })),
      })),
      watermarkMs: undefined,
      stagedFile,
    })
    await warehouse.putObject('staging/part-0.parquet', await readFile(stagedFile))
    expect((await warehouse.batch(TABLES)).Error).toBeUndefined()
    const statements = transactionOf(plan, {
      queryId: 'q',
      batchId: 3,
      counts,
      sourceRecords: 4,
      watermarkMs: 0,
      staged: 's3://bucket/staging/',
      copyRole: 'arn:aws:iam::000000000000:role/copy',
    })
    for (const _ of ['once', 'again']) {
      expect((await warehouse.batch(statements)).Error).toBeUndefined()
      expect(await warehouse.rows('select id, items[0].sku, batch_id from mart.facts order by id')).toEqual([
        ['a', '"x"', 3],
        ['b', null, 3],
      ])
      expect(
        await warehouse.rows('select read_rows, invalid_rows, duplicate_rows_in_batch, loaded_rows from mart.batches'),
      ).toEqual([[4, 1, 1, 2]])
    }
  } finally {
    connection.closeSync()
    await rm(folder, { recursive: true })
  }
})
