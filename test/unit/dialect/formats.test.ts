import { expect, it } from 'vitest'
import { toStrftime } from '../../../electron/sandbox/redshift-data/dialect/formats.ts'

it('formats of dates become those of strftime', () => {
  expect(toStrftime('YYYY-MM-DD"T"HH24:MI:SS')).toBe('%Y-%m-%dT%H:%M:%S')
  expect(toStrftime('999.99')).toBeUndefined()
})
