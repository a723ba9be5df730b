import { Transform } from 'node:stream'
import { type ChunkSigning, createChunkSignatures } from '../server/signature/chunk-signatures.ts'
import { s3Error } from './s3-error.ts'

/** A chunk's own line is short: size, semicolon, signature. */
const MAX_LINE_BYTES = 1024
/** There is a checksum and its signature. */
const MAX_TRAILERS = 8
const TRAILER_SIGNATURE = 'x-amz-trailer-signature'

/**
 * Takes a body out of aws-chunked: `<hex size>[;chunk-signature=...]\r\n<bytes>\r\n` ..., a chunk of size 0, then
 * trailer lines (Signature Version 4, "Transferring payload in multiple chunks"). With `signing`, each chunk and the
 * trailer must be signed.
 */
export function createChunkDecoder(signing?: ChunkSigning): {
  transform: Transform
  trailers: () => ReadonlyMap<string, string>
} {
  const trailers = new Map<string, string>()
  let state: 'size' | 'data' | 'data-end' | 'trailer' | 'end' = 'size'
  let line = ''
  let left = 0
  let ended = false
  const signatures = signing && createChunkSignatures(signing)
  /** That of the chunk which is being received. */
  let signature = ''

  function endChunk(): void {
    if (signatures && !signatures.chunkIs(signature)) throw s3Error('SignatureDoesNotMatch')
  }

  function endTrailer(): void {
    const given = trailers.get(TRAILER_SIGNATURE)
    trailers.delete(TRAILER_SIGNATURE)
    if (signatures && trailers.size > 0 && !signatures.trailerIs(trailers, given ?? ''))
      throw s3Error('SignatureDoesNotMatch')
  }

  /** What a whole line means in the present state. */
  function onLine(text: string): void {
    if (state === 'data-end') {
      if (text !== '') throw s3Error('InvalidRequest', 'A chunk is longer than it says.')
      state = 'size'
    } else if (state === 'size') {
      const [, size, given = ''] = /^([0-9a-fA-F]{1,12})(?:;(?:chunk-signature=([0-9a-f]{64})|.*))?$/.exec(text) ?? []
      signature = given
      if (size === undefined) throw s3Error('InvalidRequest', 'A chunk does not begin with its size.')
      left = Number.parseInt(size, 16)
      state = left > 0 ? 'data' : 'trailer'
      ended = left === 0
      if (ended) endChunk()
    } else if (state === 'end') {
      throw s3Error('InvalidRequest', 'Something follows the last chunk.')
    } else if (text === '') {
      endTrailer()
      state = 'end'
    } else {
      const colon = text.indexOf(':')
      if (colon < 1 || trailers.size >= MAX_TRAILERS) throw s3Error('MalformedTrailerError')
      trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim())
    }
  }

  const transform = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        for (let at = 0; at < chunk.length; ) {
          if (state === 'data') {
            const piece = chunk.subarray(at, at + left)
            at += piece.length
            left -= piece.length
            signatures?.update(piece)
            if (left === 0) {
              endChunk()
              state = 'data-end'
            }
            this.push(piece)
            continue
          }
          const end = chunk.indexOf(0x0a, at)
          line += chunk.toString('latin1', at, end < 0 ? chunk.length : end)
          if (line.length > MAX_LINE_BYTES) throw s3Error('InvalidRequest', 'A chunk header is too long.')
          at = end < 0 ? chunk.length : end + 1
          if (end < 0) continue
          const whole = line.endsWith('\r') ? line.slice(0, -1) : line
          line = ''
          onLine(whole)
        }
        done()
      } catch (error) {
        done(error as Error)
      }
    },
    flush(done) {
      try {
        if (!ended) throw s3Error('IncompleteBody')
        if (state === 'trailer') endTrailer()
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
  return { transform, trailers: () => trailers }
}
