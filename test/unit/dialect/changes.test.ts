import { describe, expect, it } from 'vitest'
import { useWarehouse } from './warehouse-in-memory.ts'

const run = useWarehouse()

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
      'a materialized view that was dropped and made again',
      'create materialized view mv as select 1 as n; drop materialized view mv; create materialized view mv as ' +
        'select 2 as n',
      'select n from mv',
      [[2]],
    ],
    [
      'the keys of a table',
      'create table keyed (a int, b int) distkey (a); alter table keyed alter distkey b; alter table keyed alter ' +
        'compound sortkey (b, a)',
      'select "column", distkey, sortkey from pg_table_def where tablename = \'keyed\' order by 1',
      [
        ['a', false, 2],
        ['b', true, 1],
      ],
    ],
    ['a #temporary table', 'create table #t2 (a int); insert into #t2 values (4)', 'select a from #t2', [[4]]],
    ['select into', 'select 5 as five into t3', 'select five from t3', [[5]]],
    [
      'a column that is added with a default to compute, for the rows that are there and for new ones',
      'create table added (a int); insert into added values (1); alter table added add column d date default ' +
        "current_date; alter table added add column u varchar(3) default upper('abc') not null; alter table added " +
        'add column n int default -1::int; alter table added add column w timestamp default getdate(); alter table ' +
        "added add column x timestamp default sysdate; alter table added add column s varchar(9) default 'it''s'; " +
        'insert into added (a) values (2)',
      'select a, d = current_date, u, n, w > current_date - 1, x > current_date - 1, s from added order by a',
      [
        [1, true, 'ABC', -1, true, true, "it's"],
        [2, true, 'ABC', -1, true, true, "it's"],
      ],
    ],
    [
      'a default that is cast to a text',
      "create table casted (a int, c varchar(9) default 'x'::varchar(9), d varchar(9) default 'y'::character " +
        'varying not null); insert into casted (a) values (1)',
      'select c, d from casted',
      [['x', 'y']],
    ],
    [
      'identity',
      'create table t4 (id bigint identity(10, 5), v int); insert into t4 (v) values (1), (2)',
      'select id from t4 order by v',
      [['10'], ['15']],
    ],
    [
      'merge',
      'create table t5 (k int, v int); insert into t5 values (1, 1); create temp table m5 (k int, v int); insert ' +
        'into m5 values (1, 9), (2, 2); merge into t5 using m5 on t5.k = m5.k when matched then update set v = ' +
        'm5.v when not matched then insert values (m5.k, m5.v)',
      'select k, v from t5 order by 1',
      [
        [1, 9],
        [2, 2],
      ],
    ],
    [
      'merge, remove duplicates',
      'create table t6 (k int, v int); insert into t6 values (1, 1), (3, 3); create temp table m6 (k int, v ' +
        'int); insert into m6 values (1, 9), (1, 9); merge into t6 using m6 on t6.k = m6.k remove duplicates',
      'select k, v from t6 order by 1',
      [
        [1, 9],
        [3, 3],
      ],
    ],
    [
      'delete using',
      'create table t7 (k int); insert into t7 values (1), (2); create temp table d7 (k int); insert into d7 ' +
        'values (1); delete from t7 using d7 where t7.k = d7.k',
      'select k from t7',
      [[2]],
    ],
    [
      'update from',
      'create table t8 (k int, v int); insert into t8 values (1, 0); create temp table u8 (k int, v int); insert ' +
        'into u8 values (1, 6); update t8 set v = u8.v from u8 where t8.k = u8.k',
      'select v from t8',
      [[6]],
    ],
    [
      'truncate',
      'create table t9 (k int); insert into t9 values (1); truncate table t9',
      'select count(*) from t9',
      [['0']],
    ],
    [
      'alter table',
      'create table t10 (a int); alter table t10 add column b varchar(5); alter table t10 rename column a to c; ' +
        'alter table t10 rename to t11',
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
})
