import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatKeyText, parseKeyText } from '../../../shared/pipelines/key-text.ts'

it('a key of one column is its value as it is, commas and backslashes included', () => {
  expect(parseKeyText('a,b\\c', ['id'])).toEqual(['a,b\\c'])
  expect(formatKeyText(['a,b\\c'])).toBe('a,b\\c')
})

it('a key of several columns is read back from its text as it was, whatever its values hold', () => {
  const value = fc.string().map(text => text.trim())
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 4 }), values => {
      const columns = values.map((_, index) => `c${index}`)
      expect(parseKeyText(formatKeyText(values), columns)).toEqual(values)
    }),
  )
})

it('a key with a value too few or too many is refused with the columns in their order', () => {
  expect(() => parseKeyText('a', ['city', 'ride'])).toThrow('city,ride')
  expect(() => parseKeyText('a,b,c', ['city', 'ride'])).toThrow('city,ride')
})
