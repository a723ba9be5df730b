import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRange } from '../../../electron/sandbox/s3/range.ts'

describe('a range of bytes', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=2-5', { start: 2, end: 5 }],
    ['bytes=7-', { start: 7, end: 9 }],
    ['bytes=7-99', { start: 7, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-99', { start: 0, end: 9 }],
  ])('%s of ten bytes', (header, range) => {
    expect(readRange(header, 10)).toEqual(range)
  })

  it.each([undefined, 'bytes=-', 'bytes=5-2', 'bytes=0-1,4-5', 'items=0-1', 'bytes=a-b'])(
    '%s means the whole',
    header => {
      expect(readRange(header, 10)).toBeUndefined()
    },
  )

  it.each([
    ['bytes=10-', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
    ['bytes=-5', 0],
  ])('%s of %i bytes cannot be had', (header, size) => {
    expect(() => readRange(header, size)).toThrow(expect.objectContaining({ code: 'InvalidRange', status: 416 }))
  })

  it('is never outside the object', () => {
    const header = fc.tuple(fc.option(fc.nat(50)), fc.option(fc.nat(50))).map(([a, b]) => `bytes=${a ?? ''}-${b ?? ''}`)
    fc.assert(
      fc.property(header, fc.integer({ min: 1, max: 40 }), (header, size) => {
        try {
          const range = readRange(header, size)
          return !range || (range.start >= 0 && range.start <= range.end && range.end < size)
        } catch (error) {
          return (error as { code?: string }).code === 'InvalidRange'
        }
      }),
    )
  })
})
