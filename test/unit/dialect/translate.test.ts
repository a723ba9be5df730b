import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RedshiftError } from '../../../electron/sandbox/redshift-data/dialect/statement.ts'
import { translate } from '../../../electron/sandbox/redshift-data/dialect/translate.ts'

describe('what the sandbox does by itself', () => {
  it('COPY with all its options, in any order', () => {
    const [statement] = translate(
      "copy s.orders (orderid, city) from 's3://b/p/x' iam_role 'arn:aws:iam::000000000000:role/r' delimiter ';' " +
        "ignoreheader as 1 gzip maxerror 5 null as 'NULL' emptyasnull dateformat 'auto' region 'us-east-1'",
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
      "unload ('select city from s.orders where city = ''Austin''') to 's3://b/o_' iam_role default csv header " +
        'parallel off allowoverwrite',
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
