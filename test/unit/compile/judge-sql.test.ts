import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { classifyBatch } from '../../../electron/engine/rules/batch.ts'
import { compileJobPlan, type QueryToCompile } from '../../../shared/pipelines/compile/compile.ts'
import type { FieldType } from '../../../shared/pipelines/spec/event.ts'
import { lockedDuckdb } from '../../fixture/locked-duckdb.ts'
import { field, queryOf } from './pipeline-to-compile.ts'

const duckdb = lockedDuckdb()

/** Judges events by the plan of a query; gives the reasons, and the rows that were staged. */
async function judge(query: QueryToCompile, events: readonly object[]) {
  const stagedFile = join(duckdb().folder, 'staged.parquet')
  const { quarantine, counts } = await classifyBatch(duckdb().connection, compileJobPlan(query), {
    batchId: 3,
    records: events.map((event, place) => ({
      partitionId: 'shardId-0',
      offset: String(place),
      partitionKey: 'k',
      arrivedMs: 0,
      readAtMs: 0,
      data: Buffer.from(JSON.stringify({ id: `e${place}`, at: '2026-11-02T12:00:00Z', ...event })),
    })),
    watermarkMs: undefined,
    stagedFile,
  })
  const rows = counts.staged > 0 ? await duckdb().connection.runAndReadAll(`select * from '${stagedFile}'`) : undefined
  return { reasons: quarantine.invalid.map(({ reason }) => reason), counts, rows: rows?.getRowObjectsJson() ?? [] }
}

const ITEM: FieldType = {
  struct: [
    { name: 'sku', type: 'string' },
    { name: 'qty', type: 'int' },
  ],
}
const PRICE: FieldType = { struct: [{ name: 'usd', type: 'decimal', precision: 10, scale: 2 }] }

describe('a value of a type fits, and of another does not', () => {
  const cases: [type: FieldType, good: unknown[], bad: unknown[]][] = [
    ['bigint', [1, -(2 ** 53)], ['1', 1.5, true, {}, []]],
    ['double', [1, 1.5, 1e300], ['1', false, []]],
    ['boolean', [true, false], ['true', 1, {}]],
    ['json', [1, 'x', { a: [] }, [], true], []],
    [{ list: 'string' }, [[], ['a'], ['a', null]], ['a', [1], [['a']], {}]],
    [{ list: { list: 'int' } }, [[[1], []]], [[1], [['x']], [[2 ** 40]]]],
    [{ map: 'int' }, [{}, { a: 1, 'b.c/d~': 2 }], [{ a: 'x' }, { a: { b: 1 } }, [], 1]],
    [{ map: { list: ITEM } }, [{ a: [{ sku: 'x' }] }, { a: null }], [{ a: [{ qty: 'x' }] }, { a: [1] }]],
    [ITEM, [{}, { sku: 'x', qty: 1, more: [] }, { sku: null }], [{ sku: 1 }, { qty: 1.5 }, 'x', []]],
    [{ list: 'timestamp' }, [['2026-11-02']], [['soon'], [5]]],
    [PRICE, [{ usd: 1.25 }, { usd: 3 }], [{ usd: '1' }, { usd: 1e12 }]],
  ]
  it.each(cases)('%j', async (type, good, bad) => {
    const query = queryOf([field('value', type)])
    const all = [...good, ...bad]
    const { reasons, counts } = await judge(
      query,
      all.map(value => ({ value })),
    )
    expect(counts.staged).toBe(good.length)
    expect(reasons).toEqual(bad.map(() => 'wrong_type:value'))
  })
})

it('a field that is not required may be missing or null, one that is required may not', async () => {
  const type: FieldType = { list: 'int' }
  expect((await judge(queryOf([field('value', type)]), [{}, { value: null }])).counts.staged).toBe(2)
  const required = queryOf([field('value', type, { required: true })])
  expect((await judge(required, [{}, { value: null }, { value: [] }])).reasons).toEqual([
    'missing:value',
    'missing:value',
  ])
})

it('expressions take nested values apart, and a column of the type SUPER is the text of their JSON', async () => {
  const query = queryOf([field('items', { list: ITEM }), field('tags', { map: 'int' }), field('raw', 'json')], {
    columns: [
      { name: 'items', type: 'SUPER', expression: 'items' },
      { name: 'tags', type: 'super', expression: 'tags' },
      { name: 'raw', type: 'SUPER', expression: 'raw' },
      { name: 'first_sku', type: 'VARCHAR(10)', expression: 'items[1].sku' },
    ],
  })
  const { rows } = await judge(query, [
    { items: [{ sku: 'x', qty: 2 }], tags: { a: 1 }, raw: { b: [1, null] } },
    { items: null },
  ])
  expect(rows).toEqual([
    {
      id: 'e0',
      items: '[{"sku":"x","qty":2}]',
      tags: '{"a":1}',
      raw: '{"b":[1,null]}',
      first_sku: 'x',
      shard_id: 'shardId-0',
      batch_id: '3',
    },
    { id: 'e1', items: null, tags: null, raw: null, first_sku: null, shard_id: 'shardId-0', batch_id: '3' },
  ])
})

it('a rule that cannot be computed for an event makes that event invalid, and no other', async () => {
  const checks = [{ reason: 'no_year', expression: 'cast(value as integer) > 2000' }]
  const { reasons, counts } = await judge(queryOf([field('value', 'string')], { checks }), [
    { value: '2026' },
    { value: 'soon' },
    { value: '1999' },
    {},
  ])
  expect(reasons).toEqual(['check:no_year', 'check:no_year', 'check:no_year'])
  expect(counts.staged).toBe(1)
})

it('fields may have the names of what the SQL is made of', async () => {
  const names = ['reason', 'ordinal', 'types', 'document', 'parts', 'is_late', 'is_utf8', 'first', 'data', 'shard_id']
  const columns = names
    .filter(name => name !== 'shard_id')
    .map(name => ({ name: `its_${name}`, type: 'VARCHAR(9)', expression: `"${name}"` }))
  const query = queryOf(
    names.map(name => field(name, 'string')),
    { columns },
  )
  const event = Object.fromEntries(names.map(name => [name, name]))
  const { reasons, rows } = await judge(query, [event, { ...event, id: 'e0' }, { ...event, reason: 5 }])
  expect(reasons).toEqual(['wrong_type:reason'])
  expect(rows).toHaveLength(1)
  for (const { name } of columns) expect(rows[0]?.[name]).toBe(name.slice(4))
  expect(rows[0]?.shard_id).toBe('shardId-0')
})

it('of rows with one key, composite or missing, only the first is staged', async () => {
  const query = queryOf([field('region', 'string')])
  const composite = { ...query, event: { ...query.event, key: ['id', 'region'] } }
  const events = [{ id: 'a' }, { id: 'a', region: 'x' }, { id: 'a' }, { id: 'b' }, { id: 'a', region: 'x' }]
  const { counts } = await judge(composite, events)
  expect(counts).toMatchObject({ duplicatesInBatch: 2, staged: 3 })
})

it('an engine that finds late and repeated rows itself gets every row, with columns that need no batch', async () => {
  const plan = compileJobPlan(
    queryOf([field('value', 'int')], { columns: [{ name: 'double', type: 'INT', expression: 'value * 2' }] }),
  )
  await judge(queryOf([field('value', 'int')]), [{ value: 4 }, { value: 'x' }, { id: 'e0', value: 5 }])
  const rows = await duckdb().connection.runAndReadAll(plan.judge.rows)
  expect(rows.columnNames()).toEqual(['_ordinal', '_verdict', '_reason', '_time', '_key0', 'id', 'double', 'shard_id'])
  expect(rows.getRowsJson().map(row => [row[1], row[2], row[4], row[6]])).toEqual([
    ['valid', null, 'e0', 8],
    ['invalid', 'wrong_type:value', 'e1', null],
    ['valid', null, 'e0', 10],
  ])
})
