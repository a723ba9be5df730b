import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { type ChecksumName, checksumElement, checksumMismatch, startChecksum } from '../checksum.ts'
import { commitObject } from '../commit-object.ts'
import type { S3Operation, S3Request } from '../exchange.ts'
import { findUpload, MAX_PARTS } from '../find-upload.ts'
import { encryptionHeaders, versionHeader } from '../object-headers.ts'
import { checkWrite } from '../preconditions.ts'
import { s3Error } from '../s3-error.ts'
import { readOpened, storeBytes } from '../store-bytes.ts'
import type { Part, Upload } from '../uploads.ts'
import { element, listOf, quoted, readXml, textOf, xmlReply } from '../xml.ts'

/**
 * User Guide, "Amazon S3 multipart upload limits": every part but the last is 5 MiB at least; an object 50 TB at most.
 */
const MIN_PART_BYTES = 5 * 1024 ** 2
const MAX_OBJECT_BYTES = 50 * 1024 ** 4

export const completeMultipartUpload: S3Operation = async request => {
  const { key, headers, bucketName, state } = request
  const bucket = request.bucket()
  findUpload(request)
  // A checksum among the headers is the object's, not this document's; the hash of the signature is.
  const { 'x-amz-content-sha256': sha256 } = headers
  const ofDocument: Record<string, string> = sha256 === undefined ? {} : { 'x-amz-content-sha256': sha256 }
  const { root } = await readXml({ ...request.raw, headers: ofDocument }, 'CompleteMultipartUpload')
  const upload = findUpload(request)
  const parts = chosenParts(upload, listOf(root.Part))
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
  checkAnnounced(request, upload, sizeBytes)
  checkWrite(headers, key, bucket.current(key))

  const target = bucket.newFile()
  const { name, type } = upload.checksum
  const stored = await storeBytes([Readable.from(bytesOf(request, upload, parts))], target.path, {
    checksum: type === 'FULL_OBJECT' ? name : undefined,
    limitBytes: MAX_OBJECT_BYTES,
  })
  const checksum = { name, type, value: stored.checksum?.value ?? composite(name, parts) }
  const sent = headers[`x-amz-checksum-${name}`]
  if (sent !== undefined && sent !== checksum.value) {
    rmSync(target.path, { force: true })
    throw checksumMismatch(name)
  }
  const etag = `${createHash('md5')
    .update(Buffer.concat(parts.map(part => Buffer.from(part.etag, 'hex'))))
    .digest('hex')}-${parts.length}`
  const { headers: kept, metadata, tags } = upload
  const partSizes = parts.map(part => part.sizeBytes)
  const object = { key, headers: kept, metadata, tags, sizeBytes, etag, checksum, partSizes }
  const version = commitObject(state, bucket, target, object, headers)
  state.uploads.remove(upload)
  return xmlReply(
    'CompleteMultipartUploadResult',
    [
      element('Location', `http://${headers.host ?? ''}/${bucketName}/${encodeURIComponent(key)}`),
      element('Bucket', bucketName),
      element('Key', key),
      element('ETag', quoted(etag)),
      element(checksumElement(name), checksum.value),
      element('ChecksumType', type),
    ].join(''),
    { ...encryptionHeaders(kept), ...versionHeader(bucket, version) },
  )
}

/** One part after the other; each is opened only when its turn comes. */
async function* bytesOf({ state }: S3Request, upload: Upload, parts: readonly Part[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield* readOpened(state.uploads.pathOf(upload, part.file)) as AsyncIterable<Buffer>
}

/**
 * The parts that a completion names, checked against those that are there: first their order, then that they are there,
 * then their sizes.
 */
function chosenParts(upload: Upload, named: readonly Record<string, unknown>[]): Part[] {
  if (named.length === 0 || named.length > MAX_PARTS) throw s3Error('MalformedXML')
  const numbers = named.map(entry => Number(textOf(entry.PartNumber)))
  if (!numbers.every(number => Number.isInteger(number) && number >= 1)) throw s3Error('MalformedXML')
  if (numbers.some((number, index) => number <= (numbers[index - 1] ?? 0)))
    throw s3Error('InvalidPartOrder', undefined, { fields: { UploadId: upload.id } })
  const parts = named.map(entry => {
    const part = upload.parts.get(Number(entry.PartNumber))
    const etag = (textOf(entry.ETag) ?? '').replaceAll('"', '')
    if (part && part.etag === etag && checksumFits(upload, part, entry)) return part
    throw s3Error('InvalidPart', undefined, {
      fields: { UploadId: upload.id, PartNumber: String(entry.PartNumber), ETag: etag },
    })
  })
  const small = parts.slice(0, -1).find(part => part.sizeBytes < MIN_PART_BYTES)
  if (!small) return parts
  const sizes = { ProposedSize: String(small.sizeBytes), MinSizeAllowed: String(MIN_PART_BYTES) }
  throw s3Error('EntityTooSmall', undefined, {
    fields: { ...sizes, PartNumber: String(small.number), ETag: small.etag },
  })
}

/** @throws AwsError `InvalidRequest` when a checksum of checksums was asked for and the part's is not named */
function checksumFits(upload: Upload, part: Part, entry: Record<string, unknown>): boolean {
  const { name, type, isAsked } = upload.checksum
  const sent = entry[checksumElement(part.checksum?.name ?? name)]
  if (sent !== undefined) return sent === part.checksum?.value
  if (!isAsked || type !== 'COMPOSITE') return true
  const message =
    `The upload was created using a ${name} checksum. The complete request must include the checksum for each ` +
    `part. It was missing for part ${part.number} in the request.`
  throw s3Error('InvalidRequest', message)
}

/** What the headers say of the object to be. */
function checkAnnounced({ headers }: S3Request, upload: Upload, sizeBytes: number): void {
  const type = headers['x-amz-checksum-type']
  if (type !== undefined && type !== upload.checksum.type) {
    const message =
      `The upload was created using the ${upload.checksum.type} checksum mode. The complete request must use the ` +
      'same checksum mode.'
    throw s3Error('InvalidRequest', message)
  }
  const size = headers['x-amz-mp-object-size']
  if (size !== undefined && Number(size) !== sizeBytes) {
    const message =
      `The provided 'x-amz-mp-object-size' header value ${size} does not match ` + `what was computed: ${sizeBytes}`
    throw s3Error('InvalidRequest', message)
  }
}

/** The checksum of the parts' checksums, with their number. */
function composite(name: ChecksumName, parts: readonly Part[]): string {
  const running = startChecksum(name)
  for (const part of parts) running.update(Buffer.from(part.checksum?.value ?? '', 'base64'))
  return `${running.digest()}-${parts.length}`
}
