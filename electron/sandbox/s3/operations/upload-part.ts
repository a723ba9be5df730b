import { rmSync } from 'node:fs'
import { announcedChecksum, checksumElement } from '../checksum.ts'
import { copySource } from '../copy-source.ts'
import { emptyReply, type S3Operation, type S3Request } from '../exchange.ts'
import { findUpload, partNumber } from '../find-upload.ts'
import { checkSupported, encryptionHeaders } from '../object-headers.ts'
import type { ByteRange } from '../range.ts'
import { MAX_PUT_BYTES, receiveBody } from '../receive-body.ts'
import { invalidArgument, s3Error } from '../s3-error.ts'
import { readOpened, storeBytes } from '../store-bytes.ts'
import type { Part } from '../uploads.ts'
import { element, isoTime, quoted, xmlReply } from '../xml.ts'

export const uploadPart: S3Operation = async request => {
  const upload = findUpload(request)
  const number = partNumber(request)
  checkSupported(request, 'UploadPart')
  const announced = announcedChecksum(request.headers)
  const { name, isAsked } = upload.checksum
  if (announced && isAsked && announced.name !== name) {
    const message =
      `Checksum Type mismatch occurred, expected checksum Type: ${name}, ` + `actual checksum Type: ${announced.name}`
    throw s3Error('InvalidRequest', message)
  }
  const target = request.state.uploads.newFile(upload)
  const received = await receiveBody(request, target.path, name)
  save(request, target, { number, ...received })
  return emptyReply(200, {
    etag: quoted(received.etag),
    ...encryptionHeaders(upload.headers),
    [`x-amz-checksum-${received.checksum.name}`]: received.checksum.value,
  })
}

export const uploadPartCopy: S3Operation = async request => {
  const upload = findUpload(request)
  const number = partNumber(request)
  checkSupported(request, 'UploadPartCopy')
  const { bucket, version } = copySource(request)
  const range = copyRange(request.headers['x-amz-copy-source-range'], version.sizeBytes)
  const target = request.state.uploads.newFile(upload)
  const stored = await storeBytes([readOpened(bucket.pathOf(version.file), range)], target.path, {
    checksum: upload.checksum.name,
    limitBytes: MAX_PUT_BYTES,
  })
  const etag = stored.md5.toString('hex')
  const { modifiedMs } = save(request, target, {
    number,
    sizeBytes: stored.sizeBytes,
    etag,
    ...(stored.checksum && { checksum: stored.checksum }),
  })
  const checksum = upload.checksum.isAsked && stored.checksum
  return xmlReply(
    'CopyPartResult',
    `${element('LastModified', isoTime(modifiedMs))}${element('ETag', quoted(etag))}` +
      `${checksum ? element(checksumElement(checksum.name), checksum.value) : ''}`,
    encryptionHeaders(upload.headers),
  )
}

/** Makes bytes that are in place a part, unless the upload was completed or aborted in the meantime. */
function save(
  request: S3Request,
  target: { name: string; path: string },
  part: Omit<Part, 'file' | 'modifiedMs'>,
): Part {
  try {
    const upload = findUpload(request)
    const saved: Part = { ...part, file: target.name, modifiedMs: request.state.options.now() }
    request.state.uploads.savePart(upload, saved)
    return saved
  } catch (error) {
    rmSync(target.path, { force: true })
    throw error
  }
}

/** `bytes=a-b`, both within the source; nothing else is allowed here. */
function copyRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  if (header === undefined) return undefined
  const found = /^bytes=(\d+)-(\d+)$/.exec(header)
  const [start, end] = [Number(found?.[1]), Number(found?.[2])]
  if (!found || end < start) {
    const message =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the ' +
      'zero-based offsets of the first and last bytes to copy'
    throw invalidArgument(message, 'x-amz-copy-source-range', header)
  }
  if (end >= sizeBytes) {
    const message = `Range specified is not valid for source object of size: ${sizeBytes}`
    throw invalidArgument(message, 'x-amz-copy-source-range', header)
  }
  return { start, end }
}
