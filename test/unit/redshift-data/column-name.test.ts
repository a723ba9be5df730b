import { expect, it } from 'vitest'
import { columnName } from '../../../electron/sandbox/redshift-data/column-name.ts'

it.each([
  ['orderid', 'orderid'],
  ['OrderID', 'orderid'],
  ['an alias with blanks', 'an alias with blanks'],
  ['count_star()', 'count'],
  ['sum(amount)', 'sum'],
  ['sum(qty) OVER (PARTITION BY city)', 'sum'],
  ['main.sluice_now()', 'getdate'],
  ['sluice_dateadd_day(1, placed)', 'date_add'],
  ['(a + 1)', '?column?'],
  ['1', '?column?'],
  ["'text'", '?column?'],
  ['CASE  WHEN ((a = 1)) THEN (2) ELSE NULL END', 'case'],
  ['CAST(amount AS DECIMAL(10,2))', 'amount'],
  ['CAST("OrderID" AS VARCHAR)', 'orderid'],
])('a column that DuckDB names %s is %s', (duckdb, redshift) => {
  expect(columnName(duckdb)).toBe(redshift)
})
