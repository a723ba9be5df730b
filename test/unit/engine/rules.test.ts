import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classifyBatch } from '../../../electron/engine/rules/batch.ts'
import type { StreamRecord } from '../../../electron/engine/source.ts'
import { compileJobPlan } from '../../../shared/pipelines/compile/compile.ts'
import { readPipeline } from '../../fixture/read-pipeline.ts'

const plan = compileJobPlan(await readPipeline('food-delivery'))
const ORDER = {
  OrderID: 'o-1',
  CustomerID: 1,
  RestaurantID: 2,
  RiderID: 3,
  OrderDate: '2026-11-02T12:00:00.000Z',
  DeliveryTime: 30,
  OrderValue: 20.5,
  DeliveryFee: 3,
  TipAmount: 0,
  OrderStatus: 'Delivered',
}
let connection: DuckDBConnection
let folder: string

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  folder = await mkdtemp(join(tmpdir(), 'sluice-rules-'))
})
afterAll(async () => {
  connection.closeSync()
  await rm(folder, { recursive: true })
})

let number = 0
const record = (data: Uint8Array | string): StreamRecord => ({
  partitionId: 'shardId-0',
  offset: String(number++).padStart(56, '0'),
  partitionKey: 'k',
  arrivedMs: 1_000,
  readAtMs: 1_000,
  data: typeof data === 'string' ? Buffer.from(data) : data,
})
const judge = (records: StreamRecord[], watermarkMs?: number) =>
  classifyBatch(connection, plan, { batchId: 1, records, watermarkMs, stagedFile: join(folder, 'staged.parquet') })
const order = (changes: object) => record(JSON.stringify({ ...ORDER, ...changes }))

describe('an invalid record has its reason', () => {
  const cases: [reason: string, data: string | Uint8Array][] = [
    ['not_json', 'order 12'],
    ['not_json', '{"OrderID":'],
    ['not_json', '[1,2]'],
    ['not_json', '"text"'],
    ['not_json', ''],
    ['not_json', '['.repeat(5_000)],
    ['not_utf8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['missing:OrderID', JSON.stringify({ ...ORDER, OrderID: null })],
    ['missing:OrderID', JSON.stringify({ ...ORDER, OrderID: '' })],
    ['missing:CustomerID', JSON.stringify({ ...ORDER, CustomerID: undefined })],
    ['wrong_type:OrderID', JSON.stringify({ ...ORDER, OrderID: 12 })],
    ['wrong_type:CustomerID', JSON.stringify({ ...ORDER, CustomerID: '12' })],
    ['wrong_type:CustomerID', JSON.stringify({ ...ORDER, CustomerID: 1.5 })],
    ['wrong_type:CustomerID', JSON.stringify({ ...ORDER, CustomerID: { a: 1 } })],
    ['wrong_type:OrderDate', JSON.stringify({ ...ORDER, OrderDate: 'yesterday' })],
    ['wrong_type:OrderDate', JSON.stringify({ ...ORDER, OrderDate: 'infinity' })],
    ['wrong_type:OrderDate', JSON.stringify({ ...ORDER, OrderDate: '275761-01-01T00:00:00Z' })],
    ['out_of_range:CustomerID', JSON.stringify({ ...ORDER, CustomerID: 0 })],
    ['out_of_range:CustomerID', JSON.stringify({ ...ORDER, CustomerID: 99_999_999_999 })],
    ['out_of_range:OrderValue', JSON.stringify({ ...ORDER, OrderValue: -1 })],
    ['out_of_range:OrderValue', JSON.stringify({ ...ORDER, OrderValue: 1e30 })],
    ['too_long:OrderID', JSON.stringify({ ...ORDER, OrderID: 'ü'.repeat(19) })],
    ['not_in_enum:OrderStatus', JSON.stringify({ ...ORDER, OrderStatus: 'Lost' })],
  ]
  it.each(cases)('%s: %s', async (reason, data) => {
    const { quarantine, counts } = await judge([record(data)])
    expect(quarantine.invalid).toEqual([{ ordinal: 0, reason }])
    expect(counts).toMatchObject({ read: 1, invalid: 1, staged: 0 })
  })
})

it('a record before the watermark is late, one at it is not', async () => {
  const watermark = Date.parse(ORDER.OrderDate)
  const { quarantine, counts } = await judge(
    [order({ OrderID: 'a', OrderDate: '2026-11-02T11:59:59.999Z' }), order({ OrderID: 'b' })],
    watermark,
  )
  expect(quarantine.late).toEqual([{ ordinal: 0, reason: 'late' }])
  expect(counts).toMatchObject({ late: 1, staged: 1 })
})

it('the first record of a key is staged; neither an invalid nor a late one takes its place', async () => {
  const { counts } = await judge([
    order({ RiderID: 0 }),
    order({}),
    order({ OrderValue: 99 }),
    order({ OrderID: 'o-2' }),
  ])
  expect(counts).toEqual({ read: 4, invalid: 1, late: 0, duplicatesInBatch: 1, staged: 2 })
  const staged = await connection.runAndReadAll(
    `select "OrderID", "OrderValue", shard_id, batch_id from '${join(folder, 'staged.parquet')}' order by 1`,
  )
  expect(staged.getRowsJson()).toEqual([
    ['o-1', '20.50', 'shardId-0', '1'],
    ['o-2', '20.50', 'shardId-0', '1'],
  ])
})

it('a number is rounded to its scale as it was written, however small it is', async () => {
  const written = ['5.5e-7', '5e-324', '-0.0', '55e-5', '5e-3', '1.005', '0.00499999']
  const orders = written.map(value => record(JSON.stringify({ ...ORDER, OrderID: value }).replace('20.5', value)))
  await judge(orders)
  const staged = await connection.runAndReadAll(
    `select "OrderID", "OrderValue"::varchar from '${join(folder, 'staged.parquet')}'`,
  )
  expect(Object.fromEntries(staged.getRowsJson())).toEqual({
    '5.5e-7': '0.00',
    '5e-324': '0.00',
    '-0.0': '0.00',
    '55e-5': '0.00',
    '5e-3': '0.01',
    '1.005': '1.01',
    '0.00499999': '0.00',
  })
})

it('whatever bytes come, each record gets exactly one verdict and nothing fails', async () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json().map(text => Buffer.from(text)),
    fc
      .record({
        OrderID: fc.string({ unit: 'binary' }),
        OrderDate: fc.string(),
        CustomerID: fc.oneof(fc.double(), fc.bigInt().map(String)),
      })
      .map(changes => Buffer.from(JSON.stringify({ ...ORDER, ...changes }))),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 40 }), async all => {
      const { counts } = await judge(all.map(record))
      expect(counts.invalid + counts.late + counts.duplicatesInBatch + counts.staged).toBe(all.length)
    }),
    { numRuns: 30 },
  )
})
