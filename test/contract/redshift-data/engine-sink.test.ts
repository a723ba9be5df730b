import { expect, it } from 'vitest'
import { createWarehouseSink } from '../../../electron/engine/redshift/warehouse.ts'
import type { JobArguments } from '../../../shared/job/arguments.ts'
import { PLACE, useWarehouse } from './warehouse-under-test.ts'

const warehouse = useWarehouse()
const NAME = 'query/7'
const SQLS = ['insert into mart.late values (1)', 'select count(*) from mart.late']

const ARGUMENTS: JobArguments = {
  plan: 's3://scripts/plan.json',
  region: 'us-east-1',
  stream: 'orders',
  bucket: 'streaming',
  clusterIdentifier: PLACE.ClusterIdentifier,
  database: PLACE.Database,
  dbUser: PLACE.DbUser,
  copyRole: 'arn:aws:iam::000000000000:role/copy',
  triggerMs: 1_000,
  maxRecordsPerBatch: 1_000,
  startingPosition: 'TRIM_HORIZON',
}

/** The sink of a run of the query, which commits the same batch as each other run. */
function sinkOf(run: string) {
  const logged: string[] = []
  const sink = createWarehouseSink(warehouse.client(), ARGUMENTS, run, line => logged.push(line))
  return { logged, commit: () => sink.commit(NAME, SQLS) }
}

it('a transaction that failed for good is tried again by the next run, without the failures before', async () => {
  await expect(sinkOf('first').commit()).rejects.toThrow('query/7 failed 8 times: ERROR: schema "mart" does not exist')
  expect((await warehouse.batch(['create schema mart', 'create table mart.late (a int)'])).Error).toBeUndefined()
  const next = sinkOf('second')
  expect(await next.commit()).toEqual([1])
  expect(next.logged).toEqual([expect.stringMatching(/^WARN query\/7, attempt 1: /)])
})

it('a transaction that was done is not done again by the next run', async () => {
  expect((await warehouse.batch(['create schema mart', 'create table mart.late (a int)'])).Error).toBeUndefined()
  expect(await sinkOf('first').commit()).toEqual([1])
  expect(await sinkOf('second').commit()).toEqual([1])
  expect(await warehouse.rows('select count(*) from mart.late')).toEqual([[1]])
})
