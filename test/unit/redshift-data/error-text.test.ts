import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, it } from 'vitest'
import { RedshiftError } from '../../../electron/sandbox/redshift-data/dialect/statement.ts'
import { errorText } from '../../../electron/sandbox/redshift-data/error-text.ts'

let connection: DuckDBConnection
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run('create table t (a int not null, v varchar check (strlen(v) <= 3), d decimal(4,2), s smallint)')
  await connection.run('create schema mart; create table mart.f (a int)')
  await connection.run("insert into t values (1, 'abc', 1, 1)")
})

/** What the client reads of a statement that DuckDB itself refuses. */
async function refusal(sql: string): Promise<string> {
  try {
    await connection.run(sql)
  } catch (error) {
    return errorText(error, sql)
  }
  return 'none'
}

describe('the words of Redshift for', () => {
  it.each([
    ['select * from nope', 'relation "nope" does not exist'],
    ['select * from Mart.Nope', 'relation "mart.nope" does not exist'],
    ['insert into "mart"."nope" values (1)', 'relation "mart.nope" does not exist'],
    ['select * from absent.f', 'schema "absent" does not exist'],
    ['drop table nope', 'Table "nope" does not exist'],
    ['drop view nope', 'View "nope" does not exist'],
    ['drop schema nope', 'schema "nope" does not exist'],
    ['drop schema mart', 'cannot drop schema mart because other objects depend on it'],
    ['select zz from t', 'column "zz" does not exist in t'],
    ['select zz from t, mart.f', 'column "zz" does not exist in t, f'],
    ['select zz from (select 1 as a)', 'column "zz" does not exist'],
    ['select t.zz from t', 'column t.zz does not exist'],
    ['insert into t (a, zz) values (1, 2)', 'column "zz" of relation "t" does not exist'],
    ['update t set zz = 1', 'column "zz" of relation "t" does not exist'],
    ['select q.a from t', 'missing FROM-clause entry for table "q"'],
    ['select a from t, mart.f', 'column reference "a" is ambiguous'],
    ['create table t (a int)', 'Relation "t" already exists'],
    ['create schema mart', 'Schema "mart" already exists'],
    ['create table z (a int, a int)', 'column "a" specified more than once'],
    ['alter table t add column a int', 'column "a" of relation "t" already exists'],
    ['select foo(1)', 'function foo() does not exist'],
    ["select upper(1, 'x')", 'function upper(integer, "unknown") does not exist'],
    ['select true + 1', 'operator does not exist: boolean + integer'],
  ])('names: %s', async (sql, words) => {
    expect(await refusal(sql)).toBe(`ERROR: ${words}`)
  })

  it.each([
    ['selec 1', 'syntax error at or near "selec"'],
    ['select * from t where', 'syntax error at end of input'],
    ["select 'abc", `unterminated quoted string at or near "'abc"`],
    [
      'select a, count(*) from t',
      'column "t.a" must appear in the GROUP BY clause or be used in an aggregate function',
    ],
    ['select sum(a) from t where sum(a) > 1', 'aggregates not allowed in WHERE clause'],
    ['select max(count(*)) from t', 'aggregate function calls may not be nested'],
    ['select 1 union select 1, 2', 'each UNION query must have the same number of columns'],
    ['select (select x from generate_series(1, 2) g(x))', 'single-row subquery returns more than one row'],
    ['select 1 limit -1', 'LIMIT must not be negative'],
    ['insert into t (a) values (1, 2)', 'INSERT has more expressions than target columns'],
    ['insert into t (a, v) values (1)', 'INSERT has more target columns than expressions'],
  ])('shapes: %s', async (sql, words) => {
    expect(await refusal(sql)).toBe(`ERROR: ${words}`)
  })

  it.each([
    ["select error('division by zero')", 'division by zero'],
    ["insert into t values (1, 'abcd', 1, 1)", 'value too long for type character varying(3)'],
    ["insert into t values (null, 'abc', 1, 1)", 'Cannot insert a NULL value into column a'],
    ["select cast('x1' as int)", 'invalid input syntax for integer: "x1"'],
    ['select cast(v as int) from t', "Invalid digit, Value 'a', Pos 0, Type: Integer"],
    ["select cast('3000000000' as int)", 'Value out of range for 4 bytes.'],
    ['select 100000::smallint', 'Value out of range for 2 bytes.'],
    ['select 9223372036854775807 + 1', 'Value out of range for 8 bytes.'],
    ['select cast(1000 as decimal(3,1))', 'Numeric data overflow (result precision)'],
    ["select cast('1000' as decimal(3,1))", 'Numeric data overflow (result precision)'],
    ["select cast('1x' as decimal(3,1))", 'invalid input syntax for type numeric: "1x"'],
    ["select '1.5x'::double", 'invalid input syntax for type double precision: "1.5x"'],
    ["select 'maybe'::boolean", 'invalid input syntax for type boolean: "maybe"'],
    ["select 'x'::date", 'invalid input syntax for type date: "x"'],
    ["select '2026-13-01'::date", 'date/time field value out of range: "2026-13-01"'],
    ["select 'x'::timestamp", 'invalid input syntax for type timestamp: "x"'],
    ["select strptime('2026', '%Y-%m') as to_timestamp", 'Error converting text to timestamp'],
    ["select '{'::json", 'JSON parsing error'],
  ])('values: %s', async (sql, words) => {
    expect(await refusal(sql)).toBe(`ERROR: ${words}`)
  })
})

it('what the sandbox refuses itself keeps its words, and what it does not know keeps one line of its own', () => {
  expect(errorText(new RedshiftError('deadlock detected', '40P01'))).toBe('ERROR: deadlock detected')
  expect(errorText(new Error('IO Error: disk is away\n\nLINE 1: select'))).toBe('ERROR: disk is away')
})
