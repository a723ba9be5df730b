import { gzipSync } from 'node:zlib'
import {
  BatchExecuteStatementCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  GetStatementResultV2Command,
  ListSchemasCommand,
  ListTablesCommand,
} from '@aws-sdk/client-redshift-data'
import { beforeEach, describe, expect, it } from 'vitest'
import { FACT, PLACE, ROLE, useWarehouse } from './warehouse-under-test.ts'

const warehouse = useWarehouse()
const { run, batch, rows, ended, putObject } = warehouse

it('a materialized view that was dropped and made again is refreshed by its new query', async () => {
  await run('create materialized view mv as select 1 as n')
  await run('drop materialized view mv')
  await run('create materialized view mv as select 2 as n')
  expect((await run('refresh materialized view mv')).Error).toBeUndefined()
  expect(await rows('select n from mv')).toEqual([[2]])
})

describe('a statement', () => {
  it('gives typed values with lower-case names, page after page', async () => {
    const described = await run(
      "select 1 as One, 2.50::decimal(10,2) as d, 'x' as s, true as b, null as n, timestamp '2026-11-02 10:00:00' as t",
    )
    const { Records, ColumnMetadata } = await warehouse
      .client()
      .send(new GetStatementResultCommand({ Id: described.Id }))
    expect(ColumnMetadata?.map(column => `${column.name} ${column.typeName}`)).toEqual([
      'one int4',
      'd numeric',
      's varchar',
      'b bool',
      'n int4',
      't timestamp',
    ])
    expect(Records?.[0]).toMatchObject([
      { longValue: 1 },
      { stringValue: '2.50' },
      { stringValue: 'x' },
      { booleanValue: true },
      { isNull: true },
      { stringValue: '2026-11-02 10:00:00' },
    ])
    const many = await run('select * from generate_series(1, 2500)')
    let token: string | undefined
    let total = 0
    do {
      const page = await warehouse
        .client()
        .send(new GetStatementResultCommand({ Id: many.Id, ...(token && { NextToken: token }) }))
      total += page.Records?.length ?? 0
      token = page.NextToken
    } while (token)
    expect(total).toBe(2500)
  })

  it('gives its result as CSV when it asked for that, and only then', async () => {
    const send = (ResultFormat?: 'CSV') =>
      warehouse.client().send(
        new ExecuteStatementCommand({
          ...PLACE,
          Sql: `select 1 as One, 2.50::decimal(10,2) as d, 'a,"b"' as s, true as b, null as n`,
          WaitTimeSeconds: 30,
          ...(ResultFormat && { ResultFormat }),
        }),
      )
    const csv = await send('CSV')
    expect(csv).toMatchObject({ Status: 'FINISHED', HasResultSet: true })
    const result = await warehouse.client().send(new GetStatementResultV2Command({ Id: csv.Id }))
    expect(result.Records?.[0]).toEqual({ CSVRecords: 'one,d,s,b,n\n1,2.50,"a,""b""",true,\n' })
    await expect(warehouse.client().send(new GetStatementResultCommand({ Id: csv.Id }))).rejects.toThrow('is CSV')
    const { Id } = await send()
    await expect(warehouse.client().send(new GetStatementResultV2Command({ Id }))).rejects.toThrow('is JSON')
  })

  it('that nobody made is refused with its id', async () => {
    const id = '00000000-0000-0000-0000-000000000000'
    await expect(warehouse.client().send(new GetStatementResultCommand({ Id: id }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      ResourceId: id,
    })
    await expect(warehouse.client().send(new GetStatementResultCommand({ Id: 'x' }))).rejects.toThrow(
      /'x' at 'id' failed to satisfy/,
    )
  })

  it('fails in the words of Redshift', async () => {
    const errors = ['select 1/0', 'select * from nowhere', 'selec 1', 'select nothing from (select 1 as a)']
    const texts = []
    for (const sql of errors) texts.push((await run(sql)).Error)
    expect(texts).toEqual([
      'ERROR: division by zero',
      'ERROR: relation "nowhere" does not exist',
      'ERROR: syntax error at or near "selec"',
      'ERROR: column "nothing" does not exist',
    ])
  })

  it('takes parameters as values, never as SQL', async () => {
    const described = await run("select :a as a, ':b' as b", [{ name: 'a', value: "x' or 1=1 --\\" }])
    const { Records } = await warehouse.client().send(new GetStatementResultCommand({ Id: described.Id }))
    expect(Records?.[0]).toMatchObject([{ stringValue: "x' or 1=1 --\\" }, { stringValue: ':b' }])
  })

  it('of an unknown cluster is refused', async () => {
    await expect(
      warehouse.client().send(new ExecuteStatementCommand({ ...PLACE, ClusterIdentifier: 'other', Sql: 'select 1' })),
    ).rejects.toThrow("Redshift endpoint doesn't exist in this region.")
  })
})

describe('a batch', () => {
  beforeEach(async () => {
    expect((await batch(['create schema mart', FACT])).Error).toBeUndefined()
  })

  it('is one transaction: when one statement fails nothing is changed', async () => {
    const failed = await batch([
      "insert into mart.fact values ('a', 1, null)",
      "insert into mart.fact values ('far too long', 1, null)",
    ])
    expect(failed).toMatchObject({ Status: 'FAILED', Error: 'ERROR: value too long for type character varying(8)' })
    expect(failed.SubStatements?.map(sub => sub.Status)).toEqual(['FINISHED', 'FAILED'])
    expect(await rows('select count(*) from mart.fact')).toEqual([[0]])
  })

  it('with a known token is the same statement, also after a restart, and runs once', async () => {
    const first = await batch(["insert into mart.fact values ('a', 1, null)"], 'token-1')
    await warehouse.restart()
    const again = await warehouse.client().send(
      new BatchExecuteStatementCommand({
        ...PLACE,
        Sqls: ["insert into mart.fact values ('a', 1, null)"],
        ClientToken: 'token-1',
      }),
    )
    expect(again.Id).toBe(first.Id)
    expect((await ended(again.Id)).Status).toBe('FINISHED')
    expect(await rows('select count(*) from mart.fact')).toEqual([[1]])
  })

  it('stages, loads and merges by key, and merging again adds nothing', async () => {
    await putObject('staging/1.csv.gz', gzipSync('a,1.10,2026-11-02 10:00:00\nb,2.20,2026-11-02 11:00:00\n'))
    const load = [
      'lock mart.fact',
      'create temp table stage (like mart.fact)',
      `copy stage from 's3://bucket/staging/' ${ROLE} csv gzip`,
      'merge into mart.fact using stage on mart.fact.OrderID = stage.OrderID when matched then update set ' +
        'OrderID = stage.OrderID when not matched then insert values (stage.OrderID, stage.amount, stage.placed)',
    ]
    for (let round = 0; round < 2; round++) expect((await batch(load)).Error).toBeUndefined()
    expect(await rows('select OrderID, amount, placed from mart.fact order by 1')).toEqual([
      ['a', '1.10', '2026-11-02 10:00:00'],
      ['b', '2.20', '2026-11-02 11:00:00'],
    ])
  })
})

it('the catalog is read of a database that is named', async () => {
  const nowhere = { ClusterIdentifier: PLACE.ClusterIdentifier, Database: undefined }
  await expect(warehouse.client().send(new ListSchemasCommand(nowhere))).rejects.toThrow(
    "Value at 'database' failed to satisfy constraint: Member must not be null",
  )
})

it('a schema browser sees schemas, tables and declared types', async () => {
  await batch(['create schema mart', FACT])
  const { Schemas } = await warehouse.client().send(new ListSchemasCommand(PLACE))
  expect(Schemas).toEqual(expect.arrayContaining(['mart', 'pg_catalog', 'public']))
  const { Tables } = await warehouse.client().send(new ListTablesCommand({ ...PLACE, SchemaPattern: 'mart' }))
  expect(Tables).toEqual([{ schema: 'mart', name: 'fact', type: 'TABLE' }])
  const { ColumnList } = await warehouse
    .client()
    .send(new DescribeTableCommand({ ...PLACE, Schema: 'mart', Table: 'fact' }))
  expect(ColumnList?.map(column => `${column.name} ${column.typeName} ${column.length} ${column.precision}`)).toEqual([
    'orderid varchar 8 0',
    'amount numeric 0 10',
    'placed timestamp 0 0',
  ])
  expect(
    await rows('select "column", encoding, distkey, sortkey from pg_table_def where schemaname = \'mart\''),
  ).toEqual([
    ['orderid', 'zstd', true, 0],
    ['amount', 'none', false, 0],
    ['placed', 'none', false, 1],
  ])
})
