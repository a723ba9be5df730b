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
    digest: () => base64(4, view => view.setUint32(0, value)),
  }
}

/** Castagnoli's polynomial, reflected. */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

export function runningCrc32c(): RunningChecksum {
  let value = 0xffffffff
  return {
    update(chunk) {
      for (const byte of chunk) value = (value >>> 8) ^ (CRC32C_TABLE[(value ^ byte) & 0xff] ?? 0)
    },
    digest: () => base64(4, view => view.setUint32(0, (value ^ 0xffffffff) >>> 0)),
  }
}

/** The NVMe polynomial, reflected (NVM Express NVM Command Set Specification). */
const CRC64_TABLE = BigUint64Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n
  return value
})
const ALL_ONES = 0xffffffffffffffffn

export function runningCrc64nvme(): RunningChecksum {
  let value = ALL_ONES
  return {
    update(chunk) {
      for (const byte of chunk) value = (value >> 8n) ^ (CRC64_TABLE[Number((value ^ BigInt(byte)) & 0xffn)] ?? 0n)
    },
    digest: () => base64(8, view => view.setBigUint64(0, value ^ ALL_ONES)),
  }
}

function base64(length: number, write: (view: DataView) => void): string {
  const bytes = Buffer.alloc(length)
  write(new DataView(bytes.buffer, bytes.byteOffset, length))
  return bytes.toString('base64')
}
