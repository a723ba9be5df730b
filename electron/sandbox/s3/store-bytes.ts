import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ChecksumName, startChecksum } from './checksum.ts'
import { s3Error } from './s3-error.ts'

export interface StoredBytes {
  sizeBytes: number
  md5: Buffer
  sha256: string | undefined
  checksum: { name: ChecksumName; value: string } | undefined
}

/**
 * Streams bytes to a new file and sums them up on the way: MD5 always, the rest as asked. Whatever goes wrong, the file
 * is gone then.
 * @throws AwsError `EntityTooLarge` past `limitBytes`
 */
export async function storeBytes(
  source: readonly Readable[],
  file: string,
  wanted: { checksum?: ChecksumName | undefined; sha256?: boolean; limitBytes: number },
): Promise<StoredBytes> {
  const md5 = createHash('md5')
  const sha256 = wanted.sha256 ? createHash('sha256') : undefined
  const checksum = wanted.checksum && { name: wanted.checksum, running: startChecksum(wanted.checksum) }
  let sizeBytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length
      if (sizeBytes > wanted.limitBytes) return done(s3Error('EntityTooLarge'))
      md5.update(chunk)
      sha256?.update(chunk)
      checksum?.running.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline([...source, measure, createWriteStream(file, { flags: 'wx' })])
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
  return {
    sizeBytes,
    md5: md5.digest(),
    sha256: sha256?.digest('hex'),
    checksum: checksum && { name: checksum.name, value: checksum.running.digest() },
  }
}

/**
 * Reads a file that may be replaced at any moment: it is open when this returns, so its bytes stay. Both bounds belong
 * to the range.
 */
export const readOpened = (file: string, range: { start?: number; end?: number } = {}): Readable =>
  createReadStream(file, { fd: openSync(file, 'r'), highWaterMark: 256 * 1024, ...range })
