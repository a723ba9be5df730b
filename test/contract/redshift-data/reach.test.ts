import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openLocked } from '../../../shared/duckdb/open-locked.ts'
import { READING_FUNCTIONS } from '../../../shared/redshift/functions.ts'
import { FACT, ROLE, useWarehouse } from './warehouse-under-test.ts'

/** What no answer may contain: it stands in a file that is none of the warehouse's. */
const MARK = 'outside-of-the-warehouse'

const { run, rows, batch, putObject, restart } = useWarehouse()
let outside = ''
const file = () => join(outside, 'mark.csv')

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'sluice-outside-'))
  writeFileSync(file(), `${MARK}\n`)
})
afterAll(() => rmSync(outside, { recursive: true }))
const untouched = () => expect(readdirSync(outside)).toEqual(['mark.csv'])

/** The functions of the DuckDB at hand, a new one's too. */
async function duckdbFunctions(types: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const found = await connection.runAndReadAll(
    `select distinct function_name from duckdb_functions() where function_type in (${types}) order by 1`,
  )
  instance.closeSync()
  return found.getRowsJson().map(([name]) => String(name))
}

describe('SQL that a client sends reaches no file of the machine', () => {
  it('by no table function that the engine has', async () => {
    const names = await duckdbFunctions("'table', 'table_macro', 'pragma'")
    expect(names.length).toBeGreaterThan(50)
    const read = []
    for (const name of names.filter(found => !READING_FUNCTIONS.has(found)))
      for (const [call, refusal] of [
        [
          `${name}('${file()}')`,
          /^ERROR: (function .* does not exist|permission denied|relation .* does not exist|syntax error)/,
        ],
        [
          `"${name}"('${outside}/*')`,
          /^ERROR: (function .* does not exist|permission denied|relation .* does not exist|syntax error)/,
        ],
      ] as const) {
        const { Status, Error: error } = await run(`select * from ${call}`)
        if (Status !== 'FAILED' || !refusal.test(error ?? '')) read.push(`${call}: ${Status} ${error}`)
      }
    expect(read).toEqual([])
    untouched()
  })

  it('by no scalar function that the engine has and Redshift has not', async () => {
    const names = (await duckdbFunctions("'scalar', 'aggregate', 'macro'")).filter(
      name =>
        /^[a-z_]\w*$/.test(name) &&
        /file|read|env|setting|var|query|parse_(path|dir)|secret|write|random_uuid|sql/.test(name),
    )
    const unrefused = []
    for (const name of names.filter(found => !READING_FUNCTIONS.has(found))) {
      const { Error: error } = await run(`select ${name}('${file()}')`)
      if (!/^ERROR: (function .* does not exist|syntax error|permission denied|relation)/.test(error ?? ''))
        unrefused.push(name, error)
    }
    expect(unrefused).toEqual([])
  })

  it.each([
    ['a text in the place of a table', () => `select * from '${file()}'`],
    ['a quoted name in the place of a table', () => `select * from "${file()}"`],
    ['a joined one', () => `select * from (select 1 as a) x join "${file()}" y on true`],
    ['one in a subquery', () => `select (select max(column0) from "${file()}")`],
    ['one of a CTE', () => `with x as (select * from "${file()}") select * from x`],
    ['INSERT of its lines', () => `insert into mart.fact select * from "${file()}"`],
    ['a view of it', () => `create view mart.v as select * from "${file()}"`],
    ['a table of it', () => `create table mart.t as select * from "${file()}"`],
    ['UNLOAD of it', () => `unload ('select * from "${file()}"') to 's3://bucket/x' ${ROLE}`],
    ['MERGE of it', () => `merge into mart.fact using "${file()}" as s on true when matched then delete`],
    ['a COPY into a table of its name', () => `copy "${file()}" from 's3://bucket/x' ${ROLE} csv`],
    ['COPY of the engine from a path', () => `copy mart.fact from '${file()}'`],
    ['COPY of the engine to a path', () => `copy (select 1) to '${outside}/written.csv'`],
    ['ATTACH', () => `attach '${outside}/other.duckdb' as other`],
    ['ATTACH in memory', () => "attach ':memory:' as other"],
    ['EXPORT DATABASE', () => `export database '${outside}/export'`],
    ['IMPORT DATABASE', () => `import database '${outside}'`],
    ['INSTALL', () => 'install httpfs'],
    ['LOAD', () => `load '${outside}/x.duckdb_extension'`],
    ['PRAGMA', () => 'pragma database_list'],
    ['CALL', () => 'call duckdb_settings()'],
    ['CREATE SECRET', () => "create secret s (type s3, key_id 'a', secret 'b')"],
    ['DESCRIBE', () => `describe select * from '${file()}'`],
    ['SUMMARIZE in a subquery', () => 'select * from (summarize mart.fact)'],
    ['SHOW in a subquery', () => 'select * from (show tables)'],
    ['EXPLAIN that runs', () => 'explain analyze delete from mart.fact'],
    ['EXPLAIN of what is no SQL of Redshift', () => `explain copy (select 1) to '${outside}/written.csv'`],
    ['a macro', () => "create macro m() as 'x'"],
  ])('by %s', async (_, sql) => {
    await batch(['create schema mart', FACT])
    await putObject('x', 'a,1,2026-01-01\n')
    const { Status, Error: error } = await run(sql())
    expect(Status).toBe('FAILED')
    expect(error).toMatch(/^ERROR: /)
    expect(error).not.toContain(MARK)
    untouched()
  })

  it('though settings are accepted as Redshift accepts them: the engine below has its own, which stay', async () => {
    expect((await run("set query_group to 'a'")).Status).toBe('FINISHED')
    expect((await run('reset enable_external_access')).Status).toBe('FINISHED')
    expect((await run(`select * from "${file()}"`)).Status).toBe('FAILED')
  })
})

describe('what is the bookkeeping of the sandbox is nobody else’s', () => {
  beforeEach(async () => {
    await batch(['create schema mart', FACT])
    await putObject('bad.csv', 'a,not a number,2026-01-01\n')
    expect((await run(`copy mart.fact from 's3://bucket/bad.csv' ${ROLE} csv`)).Status).toBe('FAILED')
  })
  const own = new RegExp(
    "it is the sandbox's own|does not exist|unrecognized configuration parameter|permission denied|syntax error|" +
      'precision must be',
  )

  it.each([
    'select * from sluice_sandbox.outcomes',
    'select * from "sluice_sandbox"."outcomes"',
    'select * from "SLUICE_sandbox" . "Outcomes"',
    'select * from dev.sluice_sandbox.outcomes',
    'select * from /* a */ sluice_sandbox/* b */./* c */outcomes',
    'select (select count(*) from sluice_sandbox.load_errors)',
    'with x as (select * from sluice_sandbox.load_errors) select * from x',
    'create view mart.v as select * from sluice_sandbox.query_history',
    "unload ('select * from sluice_sandbox.outcomes') to 's3://bucket/u' iam_role default",
    "unload ($$select * from sluice_sandbox.outcomes$$) to 's3://bucket/u' iam_role default",
    'set search_path to sluice_sandbox',
    "set search_path to 'public, sluice_sandbox'",
    'set search_path = "sluice_sandbox"',
    'select * from sluice_attributes',
    'select * from temp.sluice_attributes',
    'select * from main.sluice_columns',
    'select sluice_user()',
    'insert into sluice_sandbox.outcomes values (1)',
    'update sluice_sandbox.outcomes set outcome = 1',
    'delete from sluice_sandbox.outcomes',
    'delete sluice_sandbox.outcomes',
    'truncate sluice_sandbox.outcomes',
    'drop table sluice_sandbox.outcomes',
    'drop schema sluice_sandbox cascade',
    'drop schema main cascade',
    'drop view main.svv_tables',
    'drop view svv_tables',
    'create table sluice_sandbox.mine (a int)',
    'create temp table svv_tables (a int)',
    'create view public.stl_load_errors as select 1',
    'create or replace view main.pg_table_def as select 1',
    'select 1 as a into sluice_sandbox.mine',
    'alter table sluice_sandbox.outcomes add column a int',
    'create table mart.other (a int); alter table mart.other rename to svv_tables',
    'lock sluice_sandbox.outcomes',
    "copy sluice_sandbox.outcomes from 's3://bucket/bad.csv' iam_role default csv",
    'merge into mart.fact using sluice_sandbox.outcomes as o on true when matched then delete',
    "create table mart.d (a numeric('10,2) default (select 1)'))",
    'select * from duckdb_tables()',
    'select * from duckdb_tables',
    'select * from duckdb_settings()',
    'select * from sqlite_master',
    'select * from pg_prepared_statements',
    "select current_setting('secret_directory')",
    "select current_setting('allowed_' || 'directories')",
    'select "current_setting"(\'temp_directory\')',
    "select main.current_setting('temp_directory')",
    "select pg_catalog.current_setting('temp_directory')",
    'select * from system.pg_catalog.pg_sequences',
    "select nextval('sluice_sandbox.x')",
    "select * from query_table('sluice_sandbox.outcomes')",
    "select * from query('select 1')",
    "select * from json_execute_serialized_sql('{}')",
    "select current_setting('temp_directory') from duckdb_variables()",
    String.raw`select cast('a' as varchar(3)), 'x\\', ' from sluice_sandbox.outcomes -- '`,
  ])('%s', async sql => {
    const statements = sql.split('; ')
    const { Status, Error: error } = statements.length > 1 ? await batch(statements) : await run(sql)
    if (/^select cast/.test(sql)) expect(Status).toBe('FINISHED')
    else {
      expect({ Status, error }).toMatchObject({ Status: 'FAILED' })
      expect(error).toMatch(own)
    }
  })

  it.each([
    'select * from information_schema.tables',
    'select * from information_schema.columns where 1 = 1',
    'select * from information_schema.schemata s',
    'select * from pg_catalog.pg_class',
    'select * from pg_class',
    'select * from pg_namespace',
    'select * from pg_tables',
    'select * from pg_views',
    'select * from svv_tables',
    'select * from svv_columns',
    'select * from svv_all_schemas',
    'select * from svv_table_info',
    'select * from pg_table_def',
  ])('does not show in the answer of %s, which is one', async sql => {
    const found = JSON.stringify(await rows(sql))
    expect(found).toContain(/namespace|schema/.test(sql) ? 'mart' : /views/.test(sql) ? '[' : 'fact')
    expect(found).not.toMatch(/sluice_|load_errors|query_history/)
  })

  it.each([
    ...'constraint description index attrdef proc settings am enum depend tablespace sequences indexes'
      .split(' ')
      .map(name => `pg_${name}`),
    'svv_columns',
    ...'columns table_constraints key_column_usage referential_constraints'
      .split(' ')
      .map(name => `information_schema.${name}`),
  ])('a schema browser is answered of %s, without it', async name => {
    await batch([
      'create table mart.keyed (id bigint identity(1, 1) not null primary key, at date default current_date)',
    ])
    const relations = /^pg_/.test(name) ? [name, `pg_catalog.${name}`] : [name]
    for (const relation of relations) {
      const found = JSON.stringify(await rows(`select * from ${relation} x`))
      expect(found).not.toMatch(/sluice_|load_errors|query_history|duckdb_|staging/)
      if (/attrdef|proc|settings|table_constraints|constraint$/.test(name)) expect(found).not.toBe('[]')
    }
  })

  it('a statement with U+0000, which its row of history could not have, is refused when it is submitted', async () => {
    await expect(run('select 1 -- \0')).rejects.toMatchObject({ name: 'ValidationException' })
    await expect(batch(['select 1', "select '\0'"])).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('a column is added with a default to compute, in a batch too, which is one transaction', async () => {
    await batch(["insert into mart.fact values ('a', 1, getdate())"])
    const added = [
      'alter table mart.fact add column day date default current_date',
      "alter table mart.fact add column city varchar(9) default 'x'::varchar(9)",
      "alter table mart.fact add column up varchar(9) default upper('abc')",
    ]
    expect((await batch(added)).Error).toBeUndefined()
    expect((await run('alter table mart.fact add column since timestamp default sysdate')).Error).toBeUndefined()
    expect(await rows('select day = current_date, city, up, since is not null from mart.fact')).toEqual([
      [true, 'x', 'ABC', true],
    ])
  })

  it('settings are those of Redshift', async () => {
    expect(
      await rows("select current_setting('TimeZone'), current_setting('datestyle'), current_setting('query_group')"),
    ).toEqual([['UTC', 'ISO, MDY', 'default']])
    expect(await rows("select setting from pg_settings where name = 'timezone'")).toEqual([['UTC']])
  })

  it('but a table of a pipeline may be named so', async () => {
    await batch(['create table mart.sluice_batches (a int)', 'insert into mart.sluice_batches (a) values (1)'])
    expect(await rows('select a from mart.sluice_batches')).toEqual([[1]])
  })

  it('and the system views that read it answer as before, after a restart too', async () => {
    for (const again of [false, true]) {
      if (again) await restart()
      expect(await rows('select trim(filename), err_code from stl_load_errors')).toEqual([
        ['s3://bucket/bad.csv', 1209],
      ])
      expect(await rows('select count(*) from pg_catalog.stl_load_errors')).toEqual([[1]])
      expect(await rows("select tables.table_name from information_schema.tables where table_schema = 'mart'")).toEqual(
        [['fact']],
      )
      expect(Number((await rows('select count(*) from sys_query_history'))[0]?.[0])).toBeGreaterThan(0)
    }
  })
})

it('a DuckDB that is opened locked keeps its walls whatever its SQL says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-own-'))
  writeFileSync(join(folder, 'own.csv'), 'a\n1\n')
  const instance = await openLocked(DuckDBInstance.create, ':memory:', { threads: 1, memory: '200MB', folder })
  const connection = await instance.connect()
  const rejects = async (sql: string) => expect(connection.run(sql), sql).rejects.toThrow()
  for (const name of await duckdbFunctions("'table'"))
    if (/^(read_|parquet_|glob|sniff_csv)/.test(name)) await rejects(`select * from ${name}('${file()}')`)
  for (const setting of [
    'enable_external_access = true',
    "allowed_directories = ['/']",
    'lock_configuration = false',
    "temp_directory = '/'",
  ])
    await rejects(`set ${setting}`)
  for (const sql of [
    `select * from '${file()}'`,
    `select * from read_text('${folder}/../${outside.split('/').at(-1)}/mark.csv')`,
    `copy (select 1) to '${outside}/written.csv'`,
    `attach '${outside}/other.duckdb'`,
    'install httpfs',
    'load httpfs',
  ])
    await rejects(sql)
  expect((await connection.runAndReadAll(`select * from read_csv('${folder}/own.csv')`)).getRowsJson()).toEqual([['1']])
  instance.closeSync()
  rmSync(folder, { recursive: true })
  untouched()
})
