import { describe, expect, it } from 'vitest'
import { isReadOnlySql, refuseUnlessRead } from '../../../electron/core/targets/read-only.ts'

describe('a query that changes nothing is let through', () => {
  it.each([
    'select 1',
    '  SELECT * from t;',
    'select \'insert into t\' as "drop" -- delete',
    'with x as (select 1) select * from x /* create */',
    '(select 1) union (select 2)',
    'show tables from schema dev.public',
    'explain select 1',
    "select $$it's; drop$$",
    'select updated_at, created from t',
  ])('%s', sql => expect(isReadOnlySql(sql)).toBe(true))
})

describe('anything else is refused', () => {
  it.each([
    'insert into t values (1)',
    'select 1; drop table t',
    'select * into t from u',
    "select 1 -- '\n; delete from t --'",
    "select 'a\\'; drop table t; --'",
    '/* */ delete from t',
    'with x as (select 1) delete from t',
    'explain analyze_it; drop table t',
    "select 'unclosed",
    'call p()',
    '',
  ])('%s', sql => expect(isReadOnlySql(sql)).toBe(false))
})

it('calls of AWS are let through by their name', () => {
  for (const name of [
    'DescribeStreamCommand',
    'ListShardsCommand',
    'GetRecordsCommand',
    'HeadBucketCommand',
    'CancelStatementCommand',
  ])
    expect(() => refuseUnlessRead('prod', name, {})).not.toThrow()
  for (const name of [
    'PutRecordsCommand',
    'DeleteStreamCommand',
    'BatchExecuteStatementCommand',
    'RunJobFlowCommand',
    'unknown',
    'GetawayCommand',
  ])
    expect(() => refuseUnlessRead('prod', name, { Sqls: ['select 1'] })).toThrow(/prod is read-only in Sluice/)
  expect(() => refuseUnlessRead('prod', 'ExecuteStatementCommand', { Sql: 'select 1' })).not.toThrow()
  expect(() => refuseUnlessRead('prod', 'ExecuteStatementCommand', { Sql: 'drop table t' })).toThrow(/of anything but a query/)
})
