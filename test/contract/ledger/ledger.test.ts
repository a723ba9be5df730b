import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UserRecord } from '../../../shared/job/deaggregate.ts'
import { aggregate, delimited, sealed } from '../../fixture/kpl.ts'
import { all, applied, failure, SCOPE, value } from '../../fixture/open-core.ts'
import { openPipeline, type Pipeline } from '../checkpoint/pipeline-under-test.ts'

let pipeline: Pipeline

/** An order of a producer that is not the simulator. */
function order(id: string, members: Record<string, unknown> = {}): UserRecord {
  const of = { OrderID: id, CustomerID: 1, RestaurantID: 1, RiderID: 1, DeliveryTime: 30, OrderStatus: 'Placed' }
  const money = { OrderValue: 20.5, DeliveryFee: 2, TipAmount: 1.25 }
  const OrderDate = new Date().toISOString()
  return {
    partitionKey: id,
    explicitHashKey: undefined,
    data: Buffer.from(JSON.stringify({ ...of, ...money, OrderDate, ...members })),
  }
}

/** Sends records as a producer that aggregates does: some orders in each. */
async function put(...records: Uint8Array[]): Promise<void> {
  const { FailedRecordCount } = await pipeline.aws.kinesis.send(
    new PutRecordsCommand({
      StreamName: pipeline.spec.source.stream,
      Records: records.map((Data, place) => ({ Data, PartitionKey: `aggregate ${place}` })),
    }),
  )
  expect(FailedRecordCount).toBe(0)
}

/**
 * Forty records: of each the first order is loaded, the second invalid, the third the first again; and one record that
 * holds no order.
 */
const aggregates = (name: string): Uint8Array[] => [
  ...Array.from({ length: 40 }, (_, place) =>
    aggregate([
      order(`${name}-${place}`),
      order(`${name}-${place}-broken`, { RiderID: -1 }),
      order(`${name}-${place}`, { OrderValue: 1 }),
    ]),
  ),
  sealed(delimited(1, 'key')),
]

async function run(): Promise<void> {
  await pipeline.start()
  await pipeline.drain()
}
const sql = async (text: string) => value(await pipeline.core.warehouse.query({ ...SCOPE, sql: text })).rows
const batchTable = () => `${pipeline.spec.sink.schema}.${pipeline.spec.sink.batchTable}`
const warehouseVerdict = async () => (await pipeline.preflight()).verdicts.find(({ check }) => check === 'warehouse')

/* One pipeline: each test goes on from the one before. */
describe('the ledger', () => {
  beforeAll(async () => {
    pipeline = await openPipeline()
    await pipeline.provision()
  })
  afterAll(() => pipeline.close())

  it(
    'closes over aggregates of other producers, while the simulator has sent nothing: records by records, rows by ' +
      'rows',
    async () => {
      await put(...aggregates('first'))
      await run()
      const ledger = await pipeline.ledger()
      expect(ledger).toMatchObject({ sent: 0, accepted: 0, received: 41, others: 41, read: 41, batchRecords: 41 })
      expect(ledger).toMatchObject({
        rows: 120,
        loaded: 40,
        invalid: 40,
        duplicates: 40,
        late: 0,
        difference: 0,
        closes: true,
      })
      expect(ledger.differences.map(({ name }) => name)).toEqual([
        'received = records read + in flight',
        'records read = records of the batches',
        'rows of these records = duplicates + invalid + late + loaded',
        'loaded by the batches = rows of the fact table',
      ])
    },
  )

  it('closes when the simulator and others send, and says how many records are of others', async () => {
    const { accepted } = await pipeline.send(300)
    await put(...aggregates('second'))
    await run()
    const ledger = await pipeline.ledger()
    expect(ledger).toMatchObject({ accepted, received: accepted + 82, others: 82, rows: accepted + 240, closes: true })
    expect(ledger.differences.map(({ name }) => name)).toContain('sent = accepted + pending + unconfirmed + given up')
  })

  it('is what the checkpoint is held against: its records, not its rows', async () => {
    const { read } = await pipeline.ledger()
    expect(await warehouseVerdict()).toMatchObject({
      state: 'fine',
      said: expect.stringContaining(`${read} records read`),
    })
    await sql(`update ${batchTable()} set kinesis_records = kinesis_records + 1 where batch_id = 0`)
    expect(await warehouseVerdict()).toMatchObject({ state: 'warning', said: expect.stringContaining('off by 1') })
    expect(await pipeline.ledger()).toMatchObject({ difference: 1, closes: false })
    await sql(`update ${batchTable()} set kinesis_records = kinesis_records - 1 where batch_id = 0`)
    expect(await pipeline.ledger()).toMatchObject({ closes: true })
  })

  it(
    'of a batch table that was made before it counted records says what to do, no job starts on it, and the plan ' +
      'puts it right',
    async () => {
      const before = await pipeline.ledger()
      const [[batches] = []] = await sql(`select count(*) from ${batchTable()}`)
      await sql(`alter table ${batchTable()} drop column kinesis_records`)

      const lacking = { code: 'failed', hint: expect.stringContaining('Apply the plan') }
      expect(await pipeline.core.ledger.read(SCOPE)).toMatchObject({ ok: false, error: lacking })
      expect(await warehouseVerdict()).toMatchObject({
        state: 'fatal',
        next: expect.stringContaining('Apply the plan'),
      })
      expect(await failure(pipeline.core.jobs.start(SCOPE))).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('has no column kinesis_records'),
      })

      const changed = value(await pipeline.core.provision.plan(SCOPE)).changes.filter(({ action }) => action !== 'keep')
      expect(changed).toMatchObject([
        {
          kind: 'schema',
          action: 'change',
          differences: [{ member: 'sluice_batches.kinesis_records', must: 'bigint' }],
        },
      ])
      await all(applied(pipeline.core))
      const { changes } = value(await pipeline.core.provision.plan(SCOPE))
      expect(changes.map(({ action }) => action)).not.toContain('change')

      // Nothing is lost; of the batches from before, nobody knows the records any more, and their rows are more.
      const after = await pipeline.ledger()
      expect(after).toMatchObject({
        rows: before.rows,
        loaded: before.loaded,
        batchRecords: before.rows,
        closes: false,
      })
      expect(after.differences.filter(({ difference }) => difference !== 0)).toMatchObject([
        {
          name: `records read = records of the batches (${batches} did not count them: their rows)`,
          difference: before.read - before.rows,
        },
      ])
      expect(await warehouseVerdict()).toMatchObject({
        state: 'unknown',
        said: expect.stringContaining('did not count records'),
      })

      await put(...aggregates('third'))
      await run()
      const later = await pipeline.ledger()
      expect(later).toMatchObject({ read: before.read + 41, batchRecords: before.rows + 41, rows: before.rows + 120 })
    },
  )

  it('makes the tables of a schema that has none, when the plan is applied', async () => {
    await sql(`drop table ${batchTable()}`)
    const plan = async () =>
      value(await pipeline.core.provision.plan(SCOPE)).changes.find(({ kind }) => kind === 'schema')
    expect(await plan()).toMatchObject({ action: 'change' })
    await all(applied(pipeline.core))
    expect(await plan()).toMatchObject({ action: 'keep' })
    expect(await sql(`select count(*) from ${batchTable()}`)).toEqual([[0]])
  })
})
