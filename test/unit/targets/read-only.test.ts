import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { changeIn, ownQuery } from '../../../electron/core/targets/read-only.ts'
import { whyNotReading } from '../../../electron/core/targets/reading-query.ts'

const dashboard: { sql: string }[] = JSON.parse(readFileSync('shared/pipelines/food-delivery.json', 'utf8')).dashboard

/** What an analyst sends: each is one query of functions that read. */
const QUERIES = [
  'select 1',
  '  SELECT * from t;',
  'select \'insert into t\' as "drop" -- delete',
  'with x as (select 1) select * from x /* create */',
  '(select 1) union (select 2)',
  'select 1 union all select 2 except select 3',
  'values (1), (2)',
  'explain select 1',
  'explain verbose select * from t where a = 1',
  'show tables from schema dev.public',
  'show search_path',
  "show columns from table dev.public.orders like '%id'",
  'select updated_at, created from t',
  'select a, b\r\nfrom t\r\nwhere a > 1',
  'select top 10 * from mart.orders order by placed desc',
  'select distinct city, count(*) from mart.orders group by 1 having count(*) > 3 order by 2 desc limit 10 offset 5',
  'select approximate count(distinct customer) from mart.orders',
  'select city, sum(amount) over (partition by city order by placed rows between unbounded preceding and current ' +
    'row) from mart.orders',
  'select *, row_number() over (partition by city order by placed) as n from mart.orders qualify row_number() ' +
    'over (partition by city order by placed) = 1',
  "select * from (select city, amount from mart.orders) pivot (sum(amount) for city in ('Austin', 'Boston'))",
  'select * from (select a, b from t) unpivot (v for k in (a, b))',
  'select o.items[0].name, o.customer.address.city from mart.raw as o, o.items as i',
  "select json_extract_path_text(payload, 'a', 'b'), is_valid_json(payload), json_parse(payload) from t",
  "select date_trunc('day', placed), datediff(hour, placed, getdate()), dateadd(day, 1, placed), date_part(hour, " +
    'placed) from t',
  "select to_char(placed, 'YYYY-MM-DD'), to_date('2026-01-01', 'YYYY-MM-DD'), placed::date, cast(amount as " +
    'decimal(10,2)) from t',
  "select extract(epoch from placed), convert_timezone('UTC', 'Europe/Berlin', placed), current_date, sysdate from t",
  "select listagg(distinct city, ', ') within group (order by city) from t",
  'select percentile_cont(0.95) within group (order by ms), median(ms), stddev(ms), approximate ' +
    'percentile_disc(0.5) within group (order by ms) from t',
  "select regexp_substr(line, '\\\\d+'), regexp_replace(line, '[a-z]+', ''), split_part(line, ',', 2), trim(both " +
    "' ' from line) from t",
  "select coalesce(a, b), nvl(a, 0), nvl2(a, 1, 2), nullif(a, b), decode(a, 1, 'x', 'y'), case when a then 1 " +
    'else 2 end from t',
  'select a from t where exists (select 1 from u where u.a = t.a) and b in (select b from v) and c between 1 and 2',
  'with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select * from n',
  'with a (x, y) as (select 1, 2), b as (select * from a) select * from b join a using (x)',
  'select * from t1 left join t2 on t1.a = t2.a cross join t3 natural join t4',
  'select * from (values (1, 2)) as v (a, b)',
  'select lag(a, 1) over (order by b), lead(a) over (order by b), ntile(4) over (order by b), ratio_to_report(a) ' +
    'over () from t',
  'select count(*) from t group by grouping sets ((a), (b)), rollup (c)',
  'select * from svv_table_info where "schema" = \'mart\'',
  'select * from stl_load_errors order by starttime desc limit 5',
  'select tablename, "column" from pg_table_def where schemaname = \'mart\'',
  'select pg_backend_pid(), current_user, version(), current_database()',
  'select generate_series(1, 10)',
  "select * from t where name ilike 'a%' escape '|' and city similar to '(a|b)%' and x ~ '^a' and y is not null",
  "select interval '1 day', date '2026-01-01', timestamp '2026-01-01 00:00:00'",
  'select \'it\'\'s\', "a""b" from t',
  "select 'größe', größe from tabelle",
  "select md5(a), sha2(a, 256), strtol(a, 16), len(a), upper(a), left(a, 2), lpad(a, 3, '0') from t",
  'select t.* from mart.t as t where t.created > getdate() - 7',
  'select (a + b) * c % 2, a || b, -a, not b, a <> b from t',
  'select sum(a) over (order by b rows between 1 preceding and current row), avg(a) over (order by b rows 2 ' +
    'preceding), max(a) over (order by b rows between 1 following and 3 following) from t',
  'select a, grouping(a), count(*) from t group by rollup (a, b)',
  'select count(*) from t group by a, cube (a, b)',
  'select a is distinct from b, a is not distinct from 1 from t',
  "select c.items['a'], c.a[i], c.a[c.i].b[0] from t c",
  'select x, i from t as c, c.items as x at i',
  "select a from t where a like 'a\\\\_b' escape '\\\\'",
  "select 'a\\\\''b' from t",
  'select * from t1, t2 where t1.a = t2.a(+) and t1.b = t2.b (+)',
  'select * from t unpivot include nulls (v for k in (a, b))',
  'select * from t unpivot exclude nulls (v for k in (a, b))',
  'select cols.a, b from pg_get_late_binding_view_cols() cols(a name, b varchar(128), c double precision, d ' +
    'numeric(10, 2)) where b is not null',
  "select * from pg_get_cols('mart.t') as cols(a name, b int)",
  "select pg_get_expr(adbin, adrelid), has_function_privilege('f()', 'execute'), has_column_privilege('t', 'a', " +
    "'select'), array_upper(a, 1) from pg_attrdef",
  'select st_geohash(a), h3_fromlonglat(0, 0, 10), st_convexhull(a), geometrytype(a) from t',
  'select convert(varchar(10), a), int4(b) from t',
  'select 1 ; ;',
  'select 1;;',
]

/** What changes something, could, or is read in two ways. Harmless on any warehouse: what they name does not exist. */
const REFUSED: [sql: string, reason: RegExp][] = [
  ['', /empty/],
  [';', /empty/],
  ['-- nothing', /empty/],
  ['insert into t values (1)', /INTO|INSERT/],
  ['update t set a = 1', /UPDATE/],
  ['delete from t', /DELETE/],
  ['merge into t using u on true when matched then delete', /INTO|MERGE/],
  ['truncate t', /TRUNCATE/],
  ['drop table t', /DROP/],
  ['create table t as select 1', /CREATE/],
  ['alter table t add column a int', /ALTER/],
  ["copy t from 's3://b/k' iam_role default", /COPY/],
  ["unload ('select 1') to 's3://b/k' iam_role default", /UNLOAD/],
  ['call p()', /CALL/],
  ['grant select on t to u', /GRANT/],
  ['lock t', /LOCK/],
  ['begin', /BEGIN/],
  ['set search_path to x', /SET/],
  ['vacuum', /VACUUM/],
  ['cancel 1', /CANCEL/],
  ['explain delete from t', /DELETE/],
  ['explain analyze select 1', /ANALYZE/],
  ['select 1; select 2', /more than one/],
  ['select 1;;select 2', /more than one/],
  ['select * into t from u', /INTO/],
  ['select * into temp t from u', /INTO/],
  ['with x as (delete from t returning *) select * from x', /DELETE/],
  ['with x as (select 1) delete from t', /DELETE/],
  ['with x as (select 1) update t set a = 1', /UPDATE/],
  ['with x as (select 1) insert into t select * from x', /INTO/],
  ['select * from t for update', /FOR|understand/],
  ['select * from t for share', /FOR|understand/],
  ['select f_mine(1)', /f_mine\(\)/],
  ['select mart.f_mine(1)', /mart\.f_mine\(\)/],
  ['select "F_Mine" (1)', /f_mine\(\)/],
  ['select f_mine /* a */ (1)', /f_mine\(\)/],
  ['select f_mine\n(1)', /f_mine\(\)/],
  ['select lower(f_mine(a)) from t', /f_mine\(\)/],
  ['select * from f_mine(1)', /f_mine\(\)/],
  ['select * from t where f_mine(a)', /f_mine\(\)/],
  ['select 1 order by f_mine(1)', /f_mine\(\)/],
  ['select sum(a) over (order by f_mine(b)) from t', /f_mine\(\)/],
  ['with x as (select f_mine(1)) select * from x', /f_mine\(\)/],
  ['select case when f_mine(1) then 1 end', /f_mine\(\)/],
  ['values (f_mine(1))', /f_mine\(\)/],
  ...[
    'pg_terminate_backend',
    'pg_cancel_backend',
    'set_config',
    'nextval',
    'setval',
    'lo_import',
    'lo_unlink',
    'pg_advisory_lock',
    'dblink',
    'reboot_cluster',
    'change_query_priority',
    'change_session_priority',
    'change_user_priority',
    'pg_sleep',
    'pg_read_file',
    'query_to_xml',
    'ai_complete',
    'external_function',
  ].map((name): [string, RegExp] => [`select ${name}(0)`, new RegExp(`${name}\\(\\)`)]),
  ['show f(1)', /SHOW/],
  ['select sum(a) over (order by b rows between f_mine(1) preceding and current row) from t', /f_mine\(\)/],
  ['select count(*) from t group by rollup (f_mine(a))', /f_mine\(\)/],
  ['select * from pg_get_cols() c(a int, b f_mine(a))', /not known|understand/],
  ['select * from f_mine() c(a int)', /f_mine\(\)/],
  ['select a[f_mine(1)] from t', /bracket/],
  ['select nulls(1)', /nulls\(\)/],
  ['select t.f_mine(+1) from t', /f_mine\(\)/],
  // Two readers, two readings.
  ["select 'a\\\\\\' as b", /backslash/],
  ["select a['b]'] from t", /bracket/],
  ["select a['\\'] from t", /bracket|backslash/],
  ['select a[b c] from t', /bracket/],
  ['select /* /* */ 1', /comment within a comment/],
  ['select /* /* */ */ 1', /comment within a comment/],
  ['select /*! 1 */ 1', /comment within a comment/],
  ['select /* 1', /does not end/],
  ["select 'a\\' as b", /backslash/],
  ["select 'a\\'; select 2 --'", /backslash/],
  ['select "a\\" from t', /backslash/],
  ["select e'a'", /directly behind/],
  ["select U&'a'", /directly behind/],
  ["select x'00'", /directly behind/],
  ['select $$a$$', /\$/],
  ['select $a$b$a$', /\$/],
  ['select $1', /\$/],
  ['select `a` from t', /backtick/],
  ['select [a] from t', /bracket/],
  ['select a from t # comment', /#/],
  ['select * from #t', /#/],
  ['select {{ a }}', /brace/],
  ['select \\echo', /backslash/],
  ['select 1\u00a0from t', /U\+00A0/],
  ['select 1\u200b', /U\+200B/],
  ['select 1 -- a\u2028 from t', /U\+2028/],
  ['select 1 -- a\rfrom t', /carriage return/],
  ['select \u0000 1', /U\+0000/],
  ['select \ufeff1', /U\+FEFF/],
  ["select 'unclosed", /not closed/],
  ['select "unclosed', /not closed/],
  ['select 1from t', /number directly before/],
  ['select from where', /understand/],
  ['from t', /begins with "FROM"/],
  [`select '${'a'.repeat(100_001)}'`, /longer than 100 kB/],
]

describe('on a read-only target a query of functions that read is sent', () => {
  it.each([...QUERIES, ...dashboard.map(({ sql }) => sql.replaceAll('{schema}', 'mart'))])('%s', async sql =>
    expect(await whyNotReading(sql, 'user')).toBeUndefined(),
  )
})

describe('on a read-only target what changes, may change or is read in two ways is refused, with the reason', () => {
  it.each(REFUSED)('%j', async (sql, reason) => expect(await whyNotReading(sql, 'user')).toMatch(reason))
  it.each(REFUSED.filter(([sql]) => !/for (update|share)|^select from where/.test(sql)))(
    '%j of Sluice’s own, without the parser',
    async sql => expect(await whyNotReading(sql, 'sluice')).toBeDefined(),
  )
})

it('the queries that Sluice itself sends pass without the parser', async () => {
  for (const sql of [
    'select orderid from mart.factorders order by arrived_at desc limit 50',
    'select * from mart.factorders where orderid = :key limit 1',
    'select committed_at from mart.batches where batch_id = 3 and query_id = :query limit 2',
    'select (select count(*) from mart.f) as loaded, coalesce(sum(a + b), 0) as duplicates, ' +
      'coalesce(sum(coalesce(kinesis_records, read_rows)), 0) as records, count(*) - count(kinesis_records) as ' +
      'uncounted_batches from mart.b',
    "select sequence_number, batch_id from mart.f where sequence_number in ('1','2')",
    'select query_id, max(batch_id), count(*), sum(coalesce(kinesis_records, read_rows)), count(*) - ' +
      'count(kinesis_records), sum(loaded_rows) from mart.b group by query_id',
    'select "schema", "table", tbl_rows from svv_table_info',
  ])
    expect(await whyNotReading(sql, 'sluice'), sql).toBeUndefined()
})

it('calls of AWS are let through by their name, and one statement by what it is', async () => {
  for (const name of [
    'DescribeStreamCommand',
    'ListShardsCommand',
    'GetRecordsCommand',
    'HeadBucketCommand',
    'CancelStatementCommand',
  ])
    expect(await changeIn(name, {}, 'closely'), name).toBeUndefined()
  for (const name of [
    'PutRecordsCommand',
    'DeleteStreamCommand',
    'BatchExecuteStatementCommand',
    'RunJobFlowCommand',
    'unknown',
    'GetawayCommand',
  ])
    expect(await changeIn(name, { Sqls: ['select 1'] }, 'closely')).toBe(name.replace('Command', ''))
  const execute = (input: object) => changeIn('ExecuteStatementCommand', input, 'closely')
  await expect(execute({ Sql: 'select 1' })).resolves.toBeUndefined()
  await expect(execute(ownQuery({ Sql: 'select 1' }))).resolves.toBeUndefined()
  await expect(execute({ Sql: 'begin read only' })).resolves.toBeUndefined()
  await expect(execute({ Sql: 'rollback' })).resolves.toBeUndefined()
  for (const input of [
    { Sql: 'drop table t' },
    ownQuery({ Sql: 'drop table t' }),
    {},
    { Sql: 1 },
    { Sql: ['select 1'] },
  ])
    expect(await execute(input)).toMatch(/^(the statement \(.+\)|ExecuteStatement)$/)
})
