import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createChunkDecoder } from '../../../electron/sandbox/s3/chunk-decoder.ts'

/** Feeds a wire text, cut at the places given, and returns what comes out. */
async function decode(wire: Buffer, cuts: readonly number[] = []) {
  const places = [...new Set(cuts.map(cut => cut % (wire.length + 1)))].sort((a, b) => a - b)
  const pieces = [0, ...places].map((from, index) => wire.subarray(from, places[index] ?? wire.length))
  const decoder = createChunkDecoder()
  const chunks: Buffer[] = []
  for await (const chunk of Readable.from(pieces.filter(piece => piece.length > 0)).compose(decoder.transform))
    chunks.push(chunk as Buffer)
  return { body: Buffer.concat(chunks), trailers: decoder.trailers() }
}

function encode(chunks: readonly Uint8Array[], signed: boolean, trailers: readonly string[]): Buffer {
  const mark = signed ? `;chunk-signature=${'0'.repeat(64)}` : ''
  const parts = chunks
    .filter(chunk => chunk.length > 0)
    .flatMap(chunk => [Buffer.from(`${chunk.length.toString(16)}${mark}\r\n`), chunk, Buffer.from('\r\n')])
  return Buffer.concat([...parts, Buffer.from(`0${mark}\r\n${trailers.map(line => `${line}\r\n`).join('')}\r\n`)])
}

describe('the aws-chunked decoder', () => {
  it('gives back any body, however it is chunked, signed and cut on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 })),
        fc.boolean(),
        fc.array(fc.nat({ max: 5_000 })),
        async (chunks, signed, cuts) => {
          const { body, trailers } = await decode(encode(chunks, signed, ['x-amz-checksum-crc32: AAAAAA==']), cuts)
          expect(body.equals(Buffer.concat(chunks))).toBe(true)
          expect([...trailers]).toEqual([['x-amz-checksum-crc32', 'AAAAAA==']])
        },
      ),
    )
  })

  it('takes a trailer that no empty line follows', async () => {
    const { trailers } = await decode(Buffer.from('0\r\nX-Amz-Checksum-Crc32:abc\r\n'))
    expect(trailers.get('x-amz-checksum-crc32')).toBe('abc')
  })

  it.each([
    ['a body without its last chunk', '3\r\nabc\r\n', 'IncompleteBody'],
    ['a chunk that is cut off', '5\r\nabc', 'IncompleteBody'],
    ['nothing at all', '', 'IncompleteBody'],
    ['a size that is not hexadecimal', 'xyz\r\n', 'InvalidRequest'],
    ['a chunk that is longer than it says', '2\r\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
    ['bytes behind the end', '0\r\n\r\nmore\r\n', 'InvalidRequest'],
    ['a trailer that is no header line', '0\r\nnothing\r\n\r\n', 'MalformedTrailerError'],
    ['an endless chunk header', '1'.repeat(2_000), 'InvalidRequest'],
  ])('refuses %s', async (_what, wire, code) => {
    await expect(decode(Buffer.from(wire))).rejects.toMatchObject({ code })
  })
})
