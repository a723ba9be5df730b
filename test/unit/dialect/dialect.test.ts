import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLike } from '../../../electron/sandbox/redshift-data/create-like.ts'
import { temporaryAttributesSql } from '../../../electron/sandbox/redshift-data/dialect/attributes.ts'
import { catalogSql } from '../../../electron/sandbox/redshift-data/dialect/catalog.ts'
import { toStrftime } from '../../../electron/sandbox/redshift-data/dialect/formats.ts'
import { bindParameters } from '../../../electron/sandbox/redshift-data/dialect/parameters.ts'
import { RedshiftError } from '../../../electron/sandbox/redshift-data/dialect/statement.ts'
import { splitStatements, tokenize } from '../../../electron/sandbox/redshift-data/dialect/tokens.ts'
import { translate } from '../../../electron/sandbox/redshift-data/dialect/translate.ts'
import { runChanges } from '../../../electron/sandbox/redshift-data/run-changes.ts'

let connection: DuckDBConnection

/** Runs statements one after the other, as the Data API does, and gives the rows of the last. */
async function run(sql: string): Promise<unknown[][]> {
  let rows: unknown[][] = []
  for (const statement of translate(sql)) {
    if (statement.kind === 'like') await createLike(connection, statement)
    if (statement.kind !== 'sql') continue
    await runChanges(connection, statement)
    if (statement.hasResultSet) rows = (await connection.runAndReadAll(statement.sql.at(-1) ?? '')).getRowsJson()
  }
  return rows
}

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  for (const sql of catalogSql) await connection.run(sql)
  await connection.run(temporaryAttributesSql)
  await connection.run(
    "set search_path = 'public,main'; set integer_division = true; set timezone = 'UTC'; set default_null_order = 'nulls_last_on_asc_first_on_desc'",
  )
  await run(`
    create schema s;
    create table s.Orders (OrderID varchar(36) encode zstd not null, City varchar(20), Amount decimal(10,2) default 0, Placed timestamp, Qty integer, primary key (OrderID))
      diststyle key distkey (OrderID) compound sortkey (Placed, City);
    insert into s.orders values ('a', 'Austin', 10.50, '2026-11-02 12:30:00', 7), ('b', 'Boston', 5, '2026-11-03 08:00:00', 2), ('c', null, null, '2026-11-03 09:00:00', null);
  `)
})
afterAll(() => connection.closeSync())

describe('a statement gives what Redshift gives', () => {
  const cases: [sql: string, rows: unknown[][]][] = [
    ['select 7 / 2, -7 / 2, 7 % 2', [[3, -3, 1]]],
    ['select OrderID from s.ORDERS order by 1', [['a'], ['b'], ['c']]],
    ['select city from s.orders order by city', [['Austin'], ['Boston'], [null]]],
    ['select city from s.orders order by city desc', [[null], ['Boston'], ['Austin']]],
    ["select nvl(city, 'none') from s.orders where orderid = 'c'", [['none']]],
    ['select nvl2(city, 1, 0) from s.orders order by orderid', [[1], [1], [0]]],
    ["select decode(city, 'Austin', 'A', 'Boston', 'B', '?') from s.orders order by orderid", [['A'], ['B'], ['?']]],
    ["select to_char(placed, 'YYYY-MM-DD HH24:MI') from s.orders where orderid = 'a'", [['2026-11-02 12:30']]],
    ["select to_date('02.11.2026', 'DD.MM.YYYY')", [['2026-11-02']]],
    ["select to_timestamp('2026-11-02 10', 'YYYY-MM-DD HH24')", [['2026-11-02 10:00:00']]],
    [
      "select datediff(day, '2026-11-01'::date, '2026-11-05'::date), datediff('hour', placed, placed) from s.orders limit 1",
      [['4', '0']],
    ],
    ["select dateadd(day, 1, '2026-11-01'::date)::date", [['2026-11-02']]],
    ["select date_trunc('day', placed) from s.orders where orderid = 'a'", [['2026-11-02 00:00:00']]],
    ["select extract(hour from placed), date_part(month, placed) from s.orders where orderid = 'a'", [['12', '11']]],
    ["select listagg(orderid, ',') within group (order by orderid desc) from s.orders", [['c,b,a']]],
    ["select len('äb'), charindex('b', 'ab'), strtol('ff', 16), upper('x') || 'y'", [['2', '2', '255', 'Xy']]],
    [
      "select split_part('a-b-c', '-', 2), left('abc', 2), substring('abcdef', 2, 3), trim('  x '), replace('aba', 'b', 'c')",
      [['b', 'ab', 'bcd', 'x', 'aca']],
    ],
    ["select json_extract_path_text('{\"a\":{\"b\":\"x\"}}', 'a', 'b'), is_valid_json('{}')", [['x', true]]],
    ['select top 2 orderid from s.orders order by orderid', [['a'], ['b']]],
    ['select orderid from s.orders qualify row_number() over (order by amount desc nulls last) = 1', [['a']]],
    ['select count(distinct city), sum(amount), max(qty) from s.orders', [['2', '15.50', 7]]],
    ['with x as (select qty from s.orders where qty is not null) select sum(qty) from x', [['9']]],
    ["select coalesce(null, 1), nullif(1, 1), greatest(1, 3, 2), case when 1 = 1 then 'y' end", [[1, null, 3, 'y']]],
    ["select orderid from s.orders where city ilike 'aus%' or city similar to 'B(o|x)%' order by 1", [['a'], ['b']]],
    ["select $$it's$$, 'it''s', 'a\\\\b', e'x\\ty'", [["it's", "it's", 'a\\b', 'x\ty']]],
    ['select 1 /* a /* nested */ comment */ -- and a line\n + 1', [[2]]],
    [
      "select \"column\", type, encoding, distkey, sortkey from pg_table_def where tablename = 'orders' and \"column\" in ('orderid', 'city') order by 1",
      [
        ['city', 'character varying(20)', 'none', false, 2],
        ['orderid', 'character varying(36)', 'zstd', true, 0],
      ],
    ],
    ["select table_schema, table_name from svv_tables where table_schema = 's'", [['s', 'orders']]],
    [
      "select dateadd(qtr, qty, placed), dateadd('hrs', -1, placed) from s.orders where qty = 2",
      [['2027-05-03 08:00:00', '2026-11-03 07:00:00']],
    ],
    [
      "select datediff(mins, '2026-11-02 10:00', '2026-11-02 11:30'), date_trunc('qtr', placed) from s.orders where qty = 2",
      [['90', '2026-10-01 00:00:00']],
    ],
    [
      'select orderid, ratio_to_report(qty) over () from s.orders where qty > 0 order by 1',
      [
        ['a', 7 / 9],
        ['b', 2 / 9],
      ],
    ],
    ["select initcap('hello wOrld-x'), btrim('  a '), octet_length('ä'), reverse('abc')", [['Hello World-X', 'a', '2', 'cba']]],
    [
      "select regexp_replace('aXbX', 'X', '-'), regexp_substr('ab12', '[0-9]+'), regexp_count('aXbX', 'X'), regexp_instr('abc', 'b')",
      [['a-b-', '12', '2', '2']],
    ],
    ["select 'Abc' ~ 'b', 'Abc' ~* '^a', 'Abc' !~ 'x', 'Abc' ~ 'a'", [[true, true, true, false]]],
    ["select json_extract_array_element_text('[1,\"x\"]', 1), json_array_length('[1,2,3]')", [['x', '3']]],
    [
      "select to_char(1234.5, '9,999.99'), to_char(-12, '000'), to_char(0.5, '9.99'), to_char(0.5, 'FM0.00'), to_char(1234, '99')",
      [[' 1,234.50', '-012', '  .50', '0.50', ' ##']],
    ],
    ["select to_number('12.5-', '99D9S'), to_number('1,234.56', '9,999.99')", [['-12.5', '1234.56']]],
    [
      "select 'abcdef'::varchar(3), cast('äöü' as varchar(3)), 2.6::numeric, cast(2.6 as decimal), 2.6::decimal(4,2)",
      [['abc', 'ä', '3', '3', '2.60']],
    ],
    ["select to_char(placed, 'IYYY-IW') from s.orders where qty = 2", [['2026-45']]],
    ['select current_user, user', [['awsuser', 'awsuser']]],
    ["select data_type, character_maximum_length from svv_columns where column_name = 'orderid'", [['character varying', 36]]],
  ]
  it.each(cases)('%s', async (sql, rows) => expect(await run(sql)).toEqual(rows))
})

describe('a statement changes what Redshift changes', () => {
  const cases: [name: string, sql: string, check: string, rows: unknown[][]][] = [
    [
      'CREATE TABLE AS with attributes',
      'create table ctas diststyle all sortkey (n) as select 1 as n',
      'select n from ctas',
      [[1]],
    ],
    [
      'a temporary table like another',
      "create temp table t1 (like s.orders); insert into t1 (orderid) values ('z')",
      'select orderid from t1',
      [['z']],
    ],
    [
      'a temporary table that leaves a permanent one of its name as it was declared',
      'create temp table orders (orderid varchar(1)); drop table orders',
      "select type from pg_table_def where tablename = 'orders' and \"column\" = 'orderid'",
      [['character varying(36)']],
    ],
    [
      'nothing of a table that is there, when it is made only if it is not',
      'create table if not exists s.orders (orderid varchar(1))',
      "select type, distkey from pg_table_def where tablename = 'orders' and \"column\" = 'orderid'",
      [['character varying(36)', true]],
    ],
    [
      'LIKE with defaults, lengths and NOT NULL',
      "create table like1 (like s.orders including defaults); insert into like1 (orderid) values ('k')",
      'select orderid, amount from like1',
      [['k', '0.00']],
    ],
    [
      'LIKE without defaults',
      "create table like2 (like s.orders); insert into like2 (orderid) values ('k')",
      'select orderid, amount from like2',
      [['k', null]],
    ],
    [
      'a materialized view that was dropped and made anew',
      'create materialized view mv as select 1 as n; drop materialized view mv; create materialized view mv as select 2 as n',
      "select query from sluice_sandbox.materialized_views where name = 'public.mv'",
      [['SELECT 2 AS n']],
    ],
    [
      'the keys of a table',
      'create table keyed (a int, b int) distkey (a); alter table keyed alter distkey b; alter table keyed alter compound sortkey (b, a)',
      'select "column", distkey, sortkey from pg_table_def where tablename = \'keyed\' order by 1',
      [
        ['a', false, 2],
        ['b', true, 1],
      ],
    ],
    ['a #temporary table', 'create table #t2 (a int); insert into #t2 values (4)', 'select a from #t2', [[4]]],
    ['select into', 'select 5 as five into t3', 'select five from t3', [[5]]],
    [
      'identity',
      'create table t4 (id bigint identity(10, 5), v int); insert into t4 (v) values (1), (2)',
      'select id from t4 order by v',
      [['10'], ['15']],
    ],
    [
      'merge',
      'create table t5 (k int, v int); insert into t5 values (1, 1); create temp table m5 (k int, v int); insert into m5 values (1, 9), (2, 2); merge into t5 using m5 on t5.k = m5.k when matched then update set v = m5.v when not matched then insert values (m5.k, m5.v)',
      'select k, v from t5 order by 1',
      [
        [1, 9],
        [2, 2],
      ],
    ],
    [
      'merge, remove duplicates',
      'create table t6 (k int, v int); insert into t6 values (1, 1), (3, 3); create temp table m6 (k int, v int); insert into m6 values (1, 9), (1, 9); merge into t6 using m6 on t6.k = m6.k remove duplicates',
      'select k, v from t6 order by 1',
      [
        [1, 9],
        [3, 3],
      ],
    ],
    [
      'delete using',
      'create table t7 (k int); insert into t7 values (1), (2); create temp table d7 (k int); insert into d7 values (1); delete from t7 using d7 where t7.k = d7.k',
      'select k from t7',
      [[2]],
    ],
    [
      'update from',
      'create table t8 (k int, v int); insert into t8 values (1, 0); create temp table u8 (k int, v int); insert into u8 values (1, 6); update t8 set v = u8.v from u8 where t8.k = u8.k',
      'select v from t8',
      [[6]],
    ],
    ['truncate', 'create table t9 (k int); insert into t9 values (1); truncate table t9', 'select count(*) from t9', [['0']]],
    [
      'alter table',
      'create table t10 (a int); alter table t10 add column b varchar(5); alter table t10 rename column a to c; alter table t10 rename to t11',
      "select column_name, data_type from svv_columns where table_name = 't11' order by 1",
      [
        ['b', 'character varying'],
        ['c', 'integer'],
      ],
    ],
    [
      'a view without schema binding',
      'create or replace view v1 as select 3 as three with no schema binding',
      'select three from v1',
      [[3]],
    ],
    [
      'a primary key that is not enforced',
      'create table t12 (k int primary key, u int unique); insert into t12 values (1, 1), (1, 1)',
      'select count(*) from t12',
      [['2']],
    ],
  ]
  it.each(cases)('%s', async (_name, sql, check, rows) => {
    await run(sql)
    expect(await run(check)).toEqual(rows)
  })

  it('not a text that is longer than its column, counted in bytes', async () => {
    await run('create table lengths (v varchar(3))')
    await expect(run("insert into lengths values ('äb')")).resolves.toBeDefined()
    await expect(run("insert into lengths values ('ääb')")).rejects.toThrow(/CHECK constraint/)
  })
  it('not by zero', async () => {
    await expect(run('select qty / 0 from s.orders')).rejects.toThrow('division by zero')
  })
})

describe('what the sandbox does by itself', () => {
  it('COPY with all its options, in any order', () => {
    const [statement] = translate(
      "copy s.orders (orderid, city) from 's3://b/p/x' iam_role 'arn:aws:iam::000000000000:role/r' delimiter ';' ignoreheader as 1 gzip maxerror 5 null as 'NULL' emptyasnull dateformat 'auto' region 'us-east-1'",
    )
    expect(statement).toMatchObject({
      kind: 'copy',
      copy: {
        schema: 's',
        name: 'orders',
        columns: ['orderid', 'city'],
        from: { bucket: 'b', key: 'p/x' },
        delimiter: ';',
        ignoreHeader: 1,
        gzip: true,
        maxError: 5,
        nullAs: 'NULL',
        emptyAsNull: true,
      },
    })
    expect(() => translate("copy s.orders from 's3://b/p' csv")).toThrow(/IAM_ROLE/)
    expect(() => translate("copy s.orders from 's3://b/p' iam_role default nonsense")).toThrow(
      'syntax error at or near "nonsense"',
    )
  })
  it('UNLOAD of a quoted query', () => {
    const [statement] = translate(
      "unload ('select city from s.orders where city = ''Austin''') to 's3://b/o_' iam_role default csv header parallel off allowoverwrite",
    )
    expect(statement).toMatchObject({
      kind: 'unload',
      unload: { format: 'csv', header: true, parallel: false, allowOverwrite: true, delimiter: ',' },
    })
  })
  it('statements without effect here are accepted, unknown ones refused', () => {
    for (const sql of ['grant select on t to u', 'vacuum t', 'analyze', "set query_group to 'x'"])
      expect(translate(sql)[0]?.kind).toBe('accepted')
    for (const sql of ['create procedure p() as $$ $$', 'create external schema x', 'call p()'])
      expect(() => translate(sql)).toThrow(RedshiftError)
  })
})

it('formats of dates become those of strftime', () => {
  expect(toStrftime('YYYY-MM-DD"T"HH24:MI:SS')).toBe('%Y-%m-%dT%H:%M:%S')
  expect(toStrftime('999.99')).toBeUndefined()
})

const literal = fc.string({ unit: 'binary' }).map(text => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)
const piece = fc.oneof(
  literal,
  fc.constant(' /* ; */ '),
  fc.constant(' -- ;\n'),
  fc.constant('"a;b"'),
  fc.constant(' x '),
  fc.constant('$$ ; $$'),
  fc.nat().map(String),
)

it('a text is split at the semicolons outside of quotes and comments, and nowhere else', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.array(piece, { minLength: 1 }).map(pieces => `x ${pieces.join(' ')}`),
        { minLength: 1, maxLength: 5 },
      ),
      statements => {
        expect(splitStatements(tokenize(statements.join(' ; ')))).toHaveLength(statements.length)
      },
    ),
  )
})

it('a parameter is a value, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme' }).filter(text => !text.includes('\0')),
      async value => {
        expect(await run(bindParameters("select :v, ':v' -- :v", [{ name: 'v', value }]))).toEqual([[value, ':v']])
      },
    ),
    { numRuns: 60 },
  )
  expect(() => bindParameters('select :a', [{ name: 'b', value: '' }])).toThrow(RedshiftError)
  expect(() => bindParameters('select 1', [{ name: 'b', value: '' }])).toThrow(RedshiftError)
})

it('whatever text comes, it is translated or refused in words, and never crashes', () => {
  const words = fc.constantFrom(
    'select',
    'create',
    'table',
    '(',
    ')',
    "'",
    '"',
    ';',
    'merge',
    'copy',
    'from',
    '1',
    ',',
    'x',
    '::',
    '--',
    '/*',
    'alter',
    'drop',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map(all => all.join(' ')),
      ),
      sql => {
        try {
          translate(sql)
        } catch (error) {
          expect(error).toBeInstanceOf(RedshiftError)
        }
      },
    ),
    { numRuns: 300 },
  )
})

describe('a statement is refused as Redshift refuses it', () => {
  it.each([
    [
      'a text too long for a table made LIKE another',
      "create temp table r1 (like s.orders); insert into r1 (orderid, city) values ('a', 'a city of more than twenty bytes')",
      /CHECK constraint/,
    ],
    [
      'a null where the parent of LIKE has none',
      "create temp table r2 (like s.orders); insert into r2 (city) values ('x')",
      /NOT NULL/,
    ],
    ['a remainder by zero', 'select 5 % 0', /division by zero/],
    [
      'a part of a date that is none',
      'select dateadd(fortnight, 1, placed) from s.orders',
      /timestamp units "fortnight" not recognized/,
    ],
    [
      'a MERGE in which two rows of the source match one of the target',
      'create table r3 (k int, v int); insert into r3 values (1, 1); create temp table m3 (k int, v int); insert into m3 values (1, 2), (1, 3); merge into r3 using m3 on r3.k = m3.k when matched then update set v = m3.v when not matched then insert values (m3.k, m3.v)',
      /Found multiple matches to update the same tuple/,
    ],
    ['a format that the sandbox cannot write', "select to_char(placed, 'Q') from s.orders", /has no "Q"/],
  ])('%s', async (_, sql, words) => {
    await expect(run(sql)).rejects.toThrow(words)
  })
})
