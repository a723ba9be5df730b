import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SandboxRequest } from '../server/exchange.ts'
import { createChunkDecoder } from './chunk-decoder.ts'
import { type RunningChecksum, runningCrc32, runningCrc32c, runningCrc64nvme } from './crc.ts'
import { s3Error } from './s3-error.ts'

export type ChecksumName = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256'
const CHECKSUMS: Record<ChecksumName, () => RunningChecksum> = {
  crc32: runningCrc32,
  crc32c: runningCrc32c,
  crc64nvme: runningCrc64nvme,
  sha1: () => hashing('sha1'),
  sha256: () => hashing('sha256'),
}
const CHECKSUM_NAMES = Object.keys(CHECKSUMS) as ChecksumName[]

function hashing(algorithm: string): RunningChecksum {
  const hash = createHash(algorithm)
  return { update: chunk => void hash.update(chunk), digest: () => hash.digest('base64') }
}

export interface ReceivedBody {
  sizeBytes: number
  md5: string
  checksum: { name: ChecksumName; value: string } | undefined
}

/** A single put may be 5 GiB (User Guide, "Uploading objects"). */
const MAX_PUT_BYTES = 5 * 1024 ** 3

/**
 * Streams a request's body to a file, out of its chunks if it has them, and checks it against each checksum that came with it, in a header
 * or in the trailer. The file is removed when anything is wrong.
 * @throws AwsError `BadDigest`, `IncompleteBody`, `EntityTooLarge`, `InvalidDigest`
 */
export async function receiveBody(request: SandboxRequest, file: string): Promise<ReceivedBody> {
  const { headers } = request
  const chunked =
    headers['x-amz-content-sha256']?.startsWith('STREAMING-') || headers['content-encoding']?.includes('aws-chunked')
  const decoder = chunked ? createChunkDecoder() : undefined
  const named = checksumOf(headers)
  const md5 = createHash('md5')
  const running = named && CHECKSUMS[named.name]()
  let sizeBytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      sizeBytes += chunk.length
      if (sizeBytes > MAX_PUT_BYTES) return done(s3Error('EntityTooLarge'))
      md5.update(chunk)
      running?.update(chunk)
      done(null, chunk)
    },
  })
  try {
    const target = createWriteStream(file)
    if (decoder) await pipeline(request.body, decoder.transform, measure, target)
    else await pipeline(request.body, measure, target)
    const expectedBytes = headers['x-amz-decoded-content-length'] ?? (decoder ? undefined : headers['content-length'])
    if (expectedBytes !== undefined && Number(expectedBytes) !== sizeBytes) throw s3Error('IncompleteBody')
    const digest = md5.digest()
    checkMd5(headers['content-md5'], digest)
    const checksum = named && running ? { name: named.name, value: running.digest() } : undefined
    const sent = named?.value ?? (named && decoder?.trailers().get(`x-amz-checksum-${named.name}`))
    if (checksum && sent !== undefined && sent !== checksum.value) {
      throw s3Error('BadDigest', `The ${checksum.name.toUpperCase()} you specified did not match the calculated checksum.`)
    }
    return { sizeBytes, md5: digest.toString('hex'), checksum }
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
}

/** The checksum that a request carries, in a header or (value still to come) named for its trailer. */
function checksumOf(headers: Readonly<Record<string, string>>): { name: ChecksumName; value: string | undefined } | undefined {
  for (const name of CHECKSUM_NAMES) {
    const value = headers[`x-amz-checksum-${name}`]
    if (value !== undefined) return { name, value }
  }
  const trailer = headers['x-amz-trailer']?.toLowerCase()
  const name = CHECKSUM_NAMES.find(entry => trailer === `x-amz-checksum-${entry}`)
  return name && { name, value: undefined }
}

function checkMd5(sent: string | undefined, digest: Buffer): void {
  if (sent === undefined) return
  if (Buffer.from(sent, 'base64').length !== 16) throw s3Error('InvalidDigest')
  if (sent !== digest.toString('base64')) throw s3Error('BadDigest')
}
