import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  GetStatementResultV2Command,
  ListSchemasCommand,
  ListTablesCommand,
  RedshiftDataClient,
} from '@aws-sdk/client-redshift-data'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openRedshiftData } from '../../../electron/sandbox/redshift-data/redshift-data.ts'
import type { ObjectStore } from '../../../electron/sandbox/s3/object-store.ts'
import { openS3 } from '../../../electron/sandbox/s3/s3.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

const PLACE = { ClusterIdentifier: 'sluice', Database: 'dev', DbUser: 'awsuser' }
const ROLE = "iam_role 'arn:aws:iam::000000000000:role/copy'"
let dir: string
let served: Awaited<ReturnType<typeof serveServices>>
let client: RedshiftDataClient
let objects: ObjectStore

async function open(): Promise<void> {
  const common = { account: '000000000000', region: 'us-east-1', now: Date.now, log: () => undefined }
  const { mkdirSync } = await import('node:fs')
  for (const name of ['s3', 'redshift']) mkdirSync(join(dir, name), { recursive: true })
  const s3 = await openS3({ dir: join(dir, 's3'), ...common })
  objects = s3.objects
  const names = { clusterIdentifier: 'sluice', workgroupName: 'sluice', database: 'dev', dbUser: 'awsuser' }
  const redshift = await openRedshiftData({ dir: join(dir, 'redshift'), objects, ...names, ...common })
  served = await serveServices([redshift, s3.service])
  client = new RedshiftDataClient({ endpoint: served.endpoint, region: 'us-east-1', credentials: CREDENTIALS })
}

async function ended(id: string | undefined) {
  return vi.waitFor(async () => {
    const described = await client.send(new DescribeStatementCommand({ Id: id }))
    expect(['FINISHED', 'FAILED', 'ABORTED']).toContain(described.Status)
    return described
  })
}
const run = async (sql: string, parameters?: { name: string; value: string }[]) =>
  ended(
    (await client.send(new ExecuteStatementCommand({ ...PLACE, Sql: sql, ...(parameters && { Parameters: parameters }) }))).Id,
  )
const batch = async (sqls: string[], token?: string) =>
  ended((await client.send(new BatchExecuteStatementCommand({ ...PLACE, Sqls: sqls, ...(token && { ClientToken: token }) }))).Id)
async function rows(sql: string): Promise<unknown[][]> {
  const described = await run(sql)
  expect(described.Error).toBeUndefined()
  const { Records } = await client.send(new GetStatementResultCommand({ Id: described.Id }))
  return (Records ?? []).map(row =>
    row.map(field => (field.isNull ? null : Object.values(field).find(value => value !== undefined))),
  )
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-redshift-'))
  await open()
})
afterEach(async () => {
  client.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
  await rm(dir, { recursive: true })
})

const FACT =
  'create table mart.fact (OrderID varchar(8) encode zstd, amount decimal(10,2), placed timestamp) distkey(OrderID) sortkey(placed)'

describe('a statement', () => {
  it('gives typed values with lower-case names, page after page', async () => {
    const described = await run(
      "select 1 as One, 2.50::decimal(10,2) as d, 'x' as s, true as b, null as n, timestamp '2026-11-02 10:00:00' as t",
    )
    const { Records, ColumnMetadata } = await client.send(new GetStatementResultCommand({ Id: described.Id }))
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
      const page = await client.send(new GetStatementResultCommand({ Id: many.Id, ...(token && { NextToken: token }) }))
      total += page.Records?.length ?? 0
      token = page.NextToken
    } while (token)
    expect(total).toBe(2500)
    const csv = await client.send(new GetStatementResultV2Command({ Id: described.Id }))
    expect(csv.Records?.[0]).toEqual({ CSVRecords: 'one,d,s,b,n,t\n1,2.50,x,true,,2026-11-02 10:00:00\n' })
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
    const { Records } = await client.send(new GetStatementResultCommand({ Id: described.Id }))
    expect(Records?.[0]).toMatchObject([{ stringValue: "x' or 1=1 --\\" }, { stringValue: ':b' }])
  })

  it('of an unknown cluster is refused', async () => {
    await expect(
      client.send(new ExecuteStatementCommand({ ...PLACE, ClusterIdentifier: 'other', Sql: 'select 1' })),
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
    await served.close()
    await open()
    const again = await client.send(
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
    await objects.hasBucket('none')
    await putObject('staging/1.csv.gz', gzipSync('a,1.10,2026-11-02 10:00:00\nb,2.20,2026-11-02 11:00:00\n'))
    const load = [
      'lock mart.fact',
      'create temp table stage (like mart.fact)',
      `copy stage from 's3://bucket/staging/' ${ROLE} csv gzip`,
      'merge into mart.fact using stage on mart.fact.OrderID = stage.OrderID when matched then update set OrderID = stage.OrderID when not matched then insert values (stage.OrderID, stage.amount, stage.placed)',
    ]
    for (let round = 0; round < 2; round++) expect((await batch(load)).Error).toBeUndefined()
    expect(await rows('select OrderID, amount, placed from mart.fact order by 1')).toEqual([
      ['a', '1.10', '2026-11-02 10:00:00'],
      ['b', '2.20', '2026-11-02 11:00:00'],
    ])
  })
})

async function putObject(key: string, body: Uint8Array): Promise<void> {
  if (!objects.hasBucket('bucket')) {
    await fetch(`${served.endpoint}/bucket`, { method: 'PUT' })
  }
  await objects.put('bucket', key, body)
}

describe('COPY', () => {
  beforeEach(async () => {
    await batch(['create schema mart', FACT])
  })

  it('keeps its bad lines in the system views when it fails', async () => {
    await putObject('bad/1.csv', Buffer.from('id,amount,at\na,1.0,2026-11-02 10:00:00\nb,12x,2026-11-02 10:00:00\n'))
    const failed = await run(`copy mart.fact from 's3://bucket/bad/' ${ROLE} csv ignoreheader 1`)
    expect(failed.Error).toBe("ERROR: Load into table 'fact' failed.  Check 'sys_load_error_detail' system table for details.")
    expect(await rows('select filename, line_number, colname, raw_field_value from stl_load_errors')).toEqual([
      ['s3://bucket/bad/1.csv', 3, 'amount', '12x'],
    ])
    expect((await run(`copy mart.fact from 's3://bucket/bad/' ${ROLE} csv ignoreheader 1 maxerror 1`)).Error).toBeUndefined()
    expect(await rows('select orderid from mart.fact')).toEqual([['a']])
  })

  it('loads JSON by name, Parquet by order, and files of a manifest', async () => {
    await putObject('json/1.json', Buffer.from('{"orderid":"j","amount":1.5}\n{"amount":2,"orderid":"k","extra":1}\n'))
    expect((await run(`copy mart.fact from 's3://bucket/json/' ${ROLE} json 'auto'`)).Error).toBeUndefined()
    expect(
      (await run(`unload ('select * from mart.fact') to 's3://bucket/out/x_' ${ROLE} format parquet manifest`)).Error,
    ).toBeUndefined()
    expect((await objects.list('bucket', 'out/')).map(object => object.key)).toEqual([
      'out/x_0000_part_00.parquet',
      'out/x_0001_part_00.parquet',
      'out/x_manifest',
    ])
    expect((await run(`copy mart.fact from 's3://bucket/out/x_manifest' ${ROLE} format parquet manifest`)).Error).toBeUndefined()
    expect(await rows('select orderid, sum(amount), count(*) from mart.fact group by 1 order by 1')).toEqual([
      ['j', '3.00', 2],
      ['k', '4.00', 2],
    ])
  })

  it('of a prefix with nothing below it fails', async () => {
    await putObject('x', Buffer.from(''))
    expect((await run(`copy mart.fact from 's3://bucket/none/' ${ROLE} csv`)).Error).toBe(
      "ERROR: The specified S3 prefix 'none/' does not exist",
    )
  })
})

it('a schema browser sees schemas, tables and declared types', async () => {
  await batch(['create schema mart', FACT])
  const { Schemas } = await client.send(new ListSchemasCommand(PLACE))
  expect(Schemas).toEqual(expect.arrayContaining(['mart', 'pg_catalog', 'public']))
  const { Tables } = await client.send(new ListTablesCommand({ ...PLACE, SchemaPattern: 'mart' }))
  expect(Tables).toEqual([{ schema: 'mart', name: 'fact', type: 'TABLE' }])
  const { ColumnList } = await client.send(new DescribeTableCommand({ ...PLACE, Schema: 'mart', Table: 'fact' }))
  expect(ColumnList?.map(column => `${column.name} ${column.typeName} ${column.length} ${column.precision}`)).toEqual([
    'orderid varchar 8 0',
    'amount numeric 0 10',
    'placed timestamp 0 0',
  ])
  expect(await rows('select "column", encoding, distkey, sortkey from pg_table_def where schemaname = \'mart\'')).toEqual([
    ['orderid', 'zstd', true, 0],
    ['amount', 'none', false, 0],
    ['placed', 'none', false, 1],
  ])
})
