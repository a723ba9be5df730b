import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ExpectedError } from '../../../shared/rpc/contract.ts'

/**
 * A log of a step that ran for weeks has hundreds of megabytes: its end says why it failed, and a page shows no more.
 */
const KEPT_BYTES = 32 * 1024 * 1024
/** What a file of a few kilobytes may become; what is longer is no log. */
const MOST_BYTES = 2 * 1024 ** 3

/**
 * The end of a text that is compressed with gzip, uncompressed piece by piece; what is left out is said in its first
 * line. @throws ExpectedError
 */
export async function tailOfGzip(
  bytes: Uint8Array,
  name: string,
  kept = KEPT_BYTES,
  most = MOST_BYTES,
): Promise<string> {
  let pieces: Buffer[] = []
  let keptBytes = 0
  let totalBytes = 0
  const gunzip = Readable.from([bytes], { objectMode: false }).pipe(createGunzip())
  for await (const piece of gunzip) {
    const buffer = Buffer.from(piece)
    pieces.push(buffer)
    keptBytes += buffer.length
    totalBytes += buffer.length
    if (totalBytes > most)
      throw new ExpectedError({
        code: 'failed',
        message: `${name} has ${bytes.length} bytes and becomes more than ${most} bytes when it is uncompressed.`,
        hint: 'Sluice does not read it further: open the file in S3.',
        retryable: false,
      })
    if (keptBytes <= 2 * kept) continue
    pieces = [Buffer.concat(pieces).subarray(-kept)]
    keptBytes = kept
  }
  const tail = Buffer.concat(pieces).subarray(-kept)
  if (tail.length === totalBytes) return tail.toString('utf8')
  // From the first whole line on.
  const start = tail.indexOf(0x0a) + 1
  return (
    `[${totalBytes - tail.length + start} bytes before this line are left out: the whole log is ` +
    `${name}]\n${tail.toString('utf8', start)}`
  )
}
