import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64Bytes, isBase64 } from '../../../electron/sandbox/kinesis/base64.ts'

/** RFC 4648, section 4, with padding; bits that stand for nothing may be set. */
const PADDED = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

describe('base64', () => {
  it('of any bytes is recognized, and its bytes are counted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        const text = Buffer.from(bytes).toString('base64')
        expect([isBase64(text), base64Bytes(text)]).toEqual([true, bytes.length])
      }),
    )
  })

  it('is distinguished from similar text, whatever Node decodes of that', () => {
    // U+0141 ends in the byte of an A; the others are base64url, blanks and padding in wrong places.
    const letter = fc.constantFrom('A', 'Q', '+', '/', '=', '-', '_', ' ', '\n', '\u0141', '\u{1F600}')
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 12 }), letters => {
        const text = letters.join('')
        expect(isBase64(text)).toBe(PADDED.test(text))
      }),
      { numRuns: 5_000 },
    )
  })

  it('of more bytes than are decoded at once is recognized', () => {
    const text = Buffer.alloc(100_000, 'x').toString('base64')
    expect([isBase64(text), isBase64(`${text.slice(0, -4)}!AAA`)]).toEqual([true, false])
  })
})
