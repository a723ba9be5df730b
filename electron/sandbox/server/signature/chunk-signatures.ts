import { createHash, type Hash } from 'node:crypto'
import { sameText, sha256Hex, sign } from './signing-key.ts'

const EMPTY_SHA256 = sha256Hex('')

/**
 * What the chunks of a body are signed with: the key, time and scope of its request, and the request's own signature,
 * which the first is chained to.
 */
export interface ChunkSigning {
  key: Buffer
  time: string
  scope: string
  seed: string
}

/** Checks the chunks of one body, one after the other. */
export interface ChunkSignatures {
  /** A piece of the chunk that is being received. */
  update(piece: Uint8Array): void
  /** Whether the chunk that ends here has this signature. */
  chunkIs(signature: string): boolean
  /** Whether the trailer has this signature. */
  trailerIs(lines: ReadonlyMap<string, string>, signature: string): boolean
}

/**
 * S3 API reference, "Transferring payload in multiple chunks (chunked upload)", and "... including trailing headers".
 */
export function createChunkSignatures({ key, time, scope, seed }: ChunkSigning): ChunkSignatures {
  let previous = seed
  let hash: Hash = createHash('sha256')
  const next = (stringToSign: string, given: string): boolean => {
    previous = sign(key, stringToSign)
    return sameText(previous, given)
  }
  return {
    update: piece => void hash.update(piece),
    chunkIs(signature) {
      const data = hash.digest('hex')
      hash = createHash('sha256')
      return next(['AWS4-HMAC-SHA256-PAYLOAD', time, scope, previous, EMPTY_SHA256, data].join('\n'), signature)
    },
    trailerIs(lines, signature) {
      const text = [...lines]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${name}:${value}\n`)
        .join('')
      return next(['AWS4-HMAC-SHA256-TRAILER', time, scope, previous, sha256Hex(text)].join('\n'), signature)
    },
  }
}
