import { crc32 } from 'node:zlib'

/** A checksum that is fed piece by piece; `digest` is base64 of its big-endian bytes, as S3 writes it. */
export interface RunningChecksum {
  update(chunk: Uint8Array): void
  digest(): string
}

export function runningCrc32(): RunningChecksum {
  let value = 0
  return {
    update(chunk) {
      value = crc32(chunk, value)
    },
    digest: () => base64([value]),
  }
}

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

export function runningCrc32c(): RunningChecksum {
  let value = -1
  return {
    update(chunk) {
      let next = value
      for (let at = 0; at < chunk.length; at++) {
        next = (next >>> 8) ^ (CRC32C_TABLE[(next ^ (chunk[at] as number)) & 0xff] as number)
      }
      value = next
    },
    digest: () => base64([~value]),
  }
}

/**
 * The NVMe polynomial, reflected (NVM Express NVM Command Set Specification): 64-bit entries as two halves, for BigInt
 * is 50 times slower.
 */
const CRC64_HIGH = new Int32Array(256)
const CRC64_LOW = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let value = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n
  CRC64_HIGH[byte] = Number(BigInt.asIntN(32, value >> 32n))
  CRC64_LOW[byte] = Number(BigInt.asIntN(32, value))
}

export function runningCrc64nvme(): RunningChecksum {
  let high = -1
  let low = -1
  return {
    update(chunk) {
      for (let at = 0; at < chunk.length; at++) {
        const index = (low ^ (chunk[at] as number)) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ (CRC64_LOW[index] as number)
        high = (high >>> 8) ^ (CRC64_HIGH[index] as number)
      }
    },
    digest: () => base64([~high, ~low]),
  }
}

function base64(words: readonly number[]): string {
  const bytes = Buffer.alloc(words.length * 4)
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, index * 4)
  return bytes.toString('base64')
}
