import { crc32 } from 'node:zlib'

/** A file of an archive, by its path in it. */
export interface ZipFile {
  path: string
  bytes: Uint8Array
}

/** 1 January 1980, the earliest that a zip file can say. */
const DATE = (1 << 5) | 1
/** Stored, as of version 2.0 of the format. */
const VERSION = 20
const MADE_ON_UNIX = 3 << 8
const MODE = 0o644

/**
 * A zip file whose bytes depend on nothing but its files: they are stored (what compresses differs from one zlib to the
 * next) and have no time. spark/package.py makes the same bytes of the same files.
 */
export function zip(files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { path, bytes } of files) {
    const name = Buffer.from(path, 'latin1')
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(VERSION, 0)
    fields.writeUInt16LE(DATE, 8)
    fields.writeUInt32LE(crc32(bytes), 10)
    fields.writeUInt32LE(bytes.length, 14)
    fields.writeUInt32LE(bytes.length, 18)
    fields.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, bytes])
    const made = Buffer.alloc(2)
    made.writeUInt16LE(VERSION | MADE_ON_UNIX, 0)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE((MODE << 16) >>> 0, 6)
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), made, fields, rest, name)
    parts.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06', 'latin1'), end])
}
