import { rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { announcedChecksum, type ChecksumName, checkForm, checksumMismatch } from './checksum.ts'
import { createChunkDecoder } from './chunk-decoder.ts'
import type { S3Request } from './exchange.ts'
import { s3Error } from './s3-error.ts'
import { storeBytes } from './store-bytes.ts'

export interface ReceivedBody {
  sizeBytes: number
  /** MD5 in hexadecimal. */
  etag: string
  checksum: { name: ChecksumName; value: string }
}

/** A single put, and a part, may be 5 GiB (User Guide, "Uploading objects"). */
export const MAX_PUT_BYTES = 5 * 1024 ** 3

/**
 * Streams a request's body to a file, out of its chunks if it has them, and checks it against every checksum that came
 * with it, in a header or in the trailer. What came without one gets `fallback` (User Guide, "Checking object
 * integrity": CRC64NVME). The file is removed when anything is wrong.
 * @throws AwsError `BadDigest`, `IncompleteBody`, `EntityTooLarge`, `InvalidDigest`, `InvalidRequest`,
 * `MissingContentLength`, `MalformedTrailerError`, `XAmzContentSHA256Mismatch`
 */
export async function receiveBody(
  { raw, headers }: S3Request,
  file: string,
  fallback: ChecksumName = 'crc64nvme',
): Promise<ReceivedBody> {
  const payload = headers['x-amz-content-sha256'] ?? ''
  const isChunked = payload.startsWith('STREAMING-') || headers['content-encoding']?.includes('aws-chunked')
  const length = headers['x-amz-decoded-content-length'] ?? (isChunked ? undefined : headers['content-length'])
  if (length === undefined && (headers['transfer-encoding'] !== undefined || isChunked))
    throw s3Error('MissingContentLength')
  if (length !== undefined && !/^\d{1,16}$/.test(length)) throw s3Error('InvalidArgument')
  if (Number(length ?? 0) > MAX_PUT_BYTES) {
    const fields = { ProposedSize: String(length), MaxSizeAllowed: String(MAX_PUT_BYTES) }
    throw s3Error('EntityTooLarge', undefined, { fields })
  }
  checkMd5Form(headers['content-md5'])
  const announced = announcedChecksum(headers)
  const decoder = isChunked ? createChunkDecoder(raw.chunkSigning) : undefined
  const sources: Readable[] = decoder ? [raw.body, decoder.transform] : [raw.body]
  const sha256 = /^[0-9a-f]{64}$/.test(payload)
  const stored = await storeBytes(sources, file, {
    checksum: announced?.name ?? fallback,
    sha256,
    limitBytes: MAX_PUT_BYTES,
  })
  try {
    if (length !== undefined && Number(length) !== stored.sizeBytes) throw s3Error('IncompleteBody')
    if (headers['content-md5'] !== undefined && headers['content-md5'] !== stored.md5.toString('base64'))
      throw s3Error('BadDigest')
    if (sha256 && stored.sha256 !== payload) throw s3Error('XAmzContentSHA256Mismatch')
    const sent = announced && (announced.value ?? decoder?.trailers().get(`x-amz-checksum-${announced.name}`))
    if (announced && sent === undefined) throw s3Error('MalformedTrailerError')
    if (announced && sent !== undefined) {
      checkForm(announced.name, sent)
      if (sent !== stored.checksum?.value) throw checksumMismatch(announced.name)
    }
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
  if (!stored.checksum) throw new Error('The body was stored without its checksum.')
  return { sizeBytes: stored.sizeBytes, etag: stored.md5.toString('hex'), checksum: stored.checksum }
}

function checkMd5Form(sent: string | undefined): void {
  if (sent !== undefined && Buffer.from(sent, 'base64').length !== 16) throw s3Error('InvalidDigest')
}
