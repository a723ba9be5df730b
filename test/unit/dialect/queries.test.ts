import { describe, expect, it } from 'vitest'
import { useWarehouse } from './warehouse-in-memory.ts'

const run = useWarehouse()

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
      "select datediff(day, '2026-11-01'::date, '2026-11-05'::date), datediff('hour', placed, placed) from " +
        's.orders limit 1',
      [['4', '0']],
    ],
    ["select dateadd(day, 1, '2026-11-01'::date)::date", [['2026-11-02']]],
    ["select date_trunc('day', placed) from s.orders where orderid = 'a'", [['2026-11-02 00:00:00']]],
    ["select extract(hour from placed), date_part(month, placed) from s.orders where orderid = 'a'", [['12', '11']]],
    ["select listagg(orderid, ',') within group (order by orderid desc) from s.orders", [['c,b,a']]],
    ["select len('äb'), charindex('b', 'ab'), strtol('ff', 16), upper('x') || 'y'", [['2', '2', '255', 'Xy']]],
    [
      "select split_part('a-b-c', '-', 2), left('abc', 2), substring('abcdef', 2, 3), trim('  x '), " +
        "replace('aba', 'b', 'c')",
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
      'select "column", type, encoding, distkey, sortkey from pg_table_def where tablename = \'orders\' and ' +
        "\"column\" in ('orderid', 'city') order by 1",
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
      "select datediff(mins, '2026-11-02 10:00', '2026-11-02 11:30'), date_trunc('qtr', placed) from s.orders " +
        'where qty = 2',
      [['90', '2026-10-01 00:00:00']],
    ],
    [
      'select orderid, ratio_to_report(qty) over () from s.orders where qty > 0 order by 1',
      [
        ['a', 7 / 9],
        ['b', 2 / 9],
      ],
    ],
    [
      "select initcap('hello wOrld-x'), btrim('  a '), octet_length('ä'), reverse('abc')",
      [['Hello World-X', 'a', '2', 'cba']],
    ],
    [
      "select regexp_replace('aXbX', 'X', '-'), regexp_substr('ab12', '[0-9]+'), regexp_count('aXbX', 'X'), " +
        "regexp_instr('abc', 'b')",
      [['a-b-', '12', '2', '2']],
    ],
    ["select 'Abc' ~ 'b', 'Abc' ~* '^a', 'Abc' !~ 'x', 'Abc' ~ 'a'", [[true, true, true, false]]],
    ["select json_extract_array_element_text('[1,\"x\"]', 1), json_array_length('[1,2,3]')", [['x', '3']]],
    [
      "select to_char(1234.5, '9,999.99'), to_char(-12, '000'), to_char(0.5, '9.99'), to_char(0.5, 'FM0.00'), " +
        "to_char(1234, '99')",
      [[' 1,234.50', '-012', '  .50', '0.50', ' ##']],
    ],
    ["select to_number('12.5-', '99D9S'), to_number('1,234.56', '9,999.99')", [['-12.5', '1234.56']]],
    [
      "select 'abcdef'::varchar(3), cast('äöü' as varchar(3)), 2.6::numeric, cast(2.6 as decimal), 2.6::decimal(4,2)",
      [['abc', 'ä', '3', '3', '2.60']],
    ],
    ["select to_char(placed, 'IYYY-IW') from s.orders where qty = 2", [['2026-45']]],
    ['select current_user, user', [['awsuser', 'awsuser']]],
    [
      'select orderid, sum(qty) over (order by orderid rows between 1 preceding and current row), sum(qty) over ' +
        '(order by orderid rows 2 preceding), sum(qty) over (order by orderid rows between 1 following and 2 ' +
        'following) from s.orders order by 1',
      [
        ['a', '7', '7', '2'],
        ['b', '9', '9', null],
        ['c', '2', '9', null],
      ],
    ],
    ['select grouping(city), count(*) from s.orders group by rollup (city) order by 1 desc, 2 limit 1', [['1', '3']]],
    ['select count(*) from s.orders group by cube (city, orderid) order by 1 desc limit 2', [['3'], ['1']]],
    ['select count(*) from s.orders group by grouping sets ((city), ()) order by 1 desc', [['3'], ['1'], ['1'], ['1']]],
    ['select city is distinct from null, city is not distinct from null from s.orders where qty = 7', [[true, false]]],
    [
      "select data_type, character_maximum_length from svv_columns where column_name = 'orderid'",
      [['character varying', 36]],
    ],
  ]
  it.each(cases)('%s', async (sql, rows) => expect(await run(sql)).toEqual(rows))
})
