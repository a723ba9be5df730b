import { describe, expect, it } from 'vitest'
import { useWarehouse } from './warehouse-in-memory.ts'

const run = useWarehouse()

describe('a statement is refused as Redshift refuses it', () => {
  it.each([
    [
      'a text too long for a table made LIKE another',
      "create temp table r1 (like s.orders); insert into r1 (orderid, city) values ('a', 'a city of more than " +
        "twenty bytes')",
      /CHECK constraint/,
    ],
    [
      'a null where the parent of LIKE has none',
      "create temp table r2 (like s.orders); insert into r2 (city) values ('x')",
      /NOT NULL/,
    ],
    ['a division by zero', 'select qty / 0 from s.orders', /division by zero/],
    ['a remainder by zero', 'select 5 % 0', /division by zero/],
    [
      'a part of a date that is none',
      'select dateadd(fortnight, 1, placed) from s.orders',
      /timestamp units "fortnight" not recognized/,
    ],
    [
      'a MERGE in which two rows of the source match one of the target',
      'create table r3 (k int, v int); insert into r3 values (1, 1); create temp table m3 (k int, v int); insert ' +
        'into m3 values (1, 2), (1, 3); merge into r3 using m3 on r3.k = m3.k when matched then update set v = ' +
        'm3.v when not matched then insert values (m3.k, m3.v)',
      /Found multiple matches to update the same tuple/,
    ],
    ['a format that the sandbox cannot write', "select to_char(placed, 'Q') from s.orders", /has no "Q"/],
  ])('%s', async (_, sql, words) => {
    await expect(run(sql)).rejects.toThrow(words)
  })
})
