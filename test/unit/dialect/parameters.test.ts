import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bindParameters } from '../../../electron/sandbox/redshift-data/dialect/parameters.ts'
import { RedshiftError } from '../../../electron/sandbox/redshift-data/dialect/statement.ts'
import { useWarehouse } from './warehouse-in-memory.ts'

const run = useWarehouse()

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
