import type { SandboxReply } from '../../server/exchange.ts'
import { checksumHeaders } from '../checksum.ts'
import type { S3Operation, S3Request } from '../exchange.ts'
import { findVersion, type StoredVersion } from '../find-version.ts'
import { objectHeaders } from '../object-headers.ts'
import { checkRead } from '../preconditions.ts'
import { type ByteRange, readRange } from '../range.ts'
import { invalidArgument, s3Error } from '../s3-error.ts'
import { readOpened } from '../store-bytes.ts'

export const getObject: S3Operation = request => read(request, true)
export const headObject: S3Operation = request => read(request, false)

function read(request: S3Request, withBody: boolean): SandboxReply {
  const bucket = request.bucket()
  const version = findVersion(request, bucket)
  checkRead(request.headers, version)
  const part = partRange(request, version)
  const range = part ?? readRange(request.headers.range, version.sizeBytes)
  const headers = objectHeaders(request, bucket, version)
  if (!range && request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED')
    Object.assign(headers, checksumHeaders(version.checksum))
  if (part && version.partSizes) headers['x-amz-mp-parts-count'] = String(version.partSizes.length)
  headers['content-length'] = String(range ? range.end - range.start + 1 : version.sizeBytes)
  if (range && version.sizeBytes > 0)
    headers['content-range'] = `bytes ${range.start}-${range.end}/${version.sizeBytes}`
  const status = range ? 206 : 200
  if (!withBody) return { status, headers }
  if (version.sizeBytes === 0) return { status, headers, body: '' }
  return { status, headers, body: readOpened(bucket.pathOf(version.file), range) }
}

/** The bytes of one part as it was uploaded; what was put at once has one part. */
function partRange({ query, headers }: S3Request, version: StoredVersion): ByteRange | undefined {
  const text = query.get('partNumber')
  if (text === null) return undefined
  if (headers.range !== undefined)
    throw s3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text)
  const sizes = version.partSizes ?? [version.sizeBytes]
  const size = sizes[number - 1]
  if (size === undefined)
    throw s3Error('InvalidPartNumber', undefined, {
      fields: { PartNumberRequested: text, ActualPartCount: String(sizes.length) },
    })
  const start = sizes.slice(0, number - 1).reduce((sum, entry) => sum + entry, 0)
  return { start, end: start + size - 1 }
}
