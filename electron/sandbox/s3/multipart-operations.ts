import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Version } from './bucket.ts'
import { element, emptyReply, isoTime, listOf, quoted, readXml, type S3Operation, type S3Request, xmlReply } from './exchange.ts'
import { checkKey, copySource, headerTags, keptHeaders, newVersionId, userMetadata } from './object-operations.ts'
import { checkWrite } from './preconditions.ts'
import { receiveBody } from './receive-body.ts'
import { s3Error } from './s3-error.ts'
import type { Part, Upload } from './uploads.ts'

/** User Guide, "Amazon S3 multipart upload limits". */
const MAX_PARTS = 10_000
const MIN_PART_BYTES = 5 * 1024 * 1024

function findUpload(request: S3Request): Upload {
  request.bucket()
  const upload = request.state.uploads.find(request.query.get('uploadId') ?? '')
  if (!upload || upload.bucket !== request.bucketName || upload.key !== request.key) throw s3Error('NoSuchUpload')
  return upload
}

const names = (request: S3Request, uploadId: string): string =>
  `${element('Bucket', request.bucketName)}${element('Key', request.key)}${element('UploadId', uploadId)}`

export const createMultipartUpload: S3Operation = request => {
  const { raw, key, state } = request
  request.bucket()
  checkKey(key)
  const upload = state.uploads.start({
    bucket: request.bucketName,
    key,
    startedMs: state.options.now(),
    headers: keptHeaders(raw.headers),
    metadata: userMetadata(raw.headers),
    tags: headerTags(raw.headers),
  })
  return xmlReply('InitiateMultipartUploadResult', names(request, upload.id))
}

function partNumber({ query }: S3Request): number {
  const number = Number(query.get('partNumber'))
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return number
  throw s3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive')
}

export const uploadPart: S3Operation = async request => {
  const upload = findUpload(request)
  const number = partNumber(request)
  const file = request.state.uploads.partFile(upload)
  const { sizeBytes, md5, checksum } = await receiveBody(request.raw, file)
  request.state.uploads.savePart(upload, { number, file, sizeBytes, etag: md5, modifiedMs: request.state.options.now() })
  return emptyReply(200, { etag: quoted(md5), ...(checksum && { [`x-amz-checksum-${checksum.name}`]: checksum.value }) })
}

export const uploadPartCopy: S3Operation = async request => {
  const upload = findUpload(request)
  const number = partNumber(request)
  const source = copySource(request)
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.raw.headers['x-amz-copy-source-range'] ?? '')
  const bounds = range ? { start: Number(range[1]), end: Number(range[2]) } : {}
  const file = request.state.uploads.partFile(upload)
  const md5 = createHash('md5')
  const reading = createReadStream(source.bucket.pathOf(source.version.file ?? ''), bounds)
  reading.on('data', chunk => md5.update(chunk))
  await pipeline(reading, createWriteStream(file))
  const etag = md5.digest('hex')
  const modifiedMs = request.state.options.now()
  request.state.uploads.savePart(upload, { number, file, sizeBytes: (await stat(file)).size, etag, modifiedMs })
  return xmlReply('CopyPartResult', `${element('LastModified', isoTime(modifiedMs))}${element('ETag', quoted(etag))}`)
}

/** The parts that a completion names, checked against those that are there. */
function chosenParts(upload: Upload, named: readonly Record<string, unknown>[]): Part[] {
  if (named.length === 0) throw s3Error('MalformedXML')
  let before = 0
  return named.map((entry, index) => {
    const number = Number(entry.PartNumber)
    if (number <= before) throw s3Error('InvalidPartOrder')
    before = number
    const part = upload.parts.find(known => known.number === number)
    if (!part || part.etag !== String(entry.ETag ?? '').replaceAll('"', '')) throw s3Error('InvalidPart')
    if (index < named.length - 1 && part.sizeBytes < MIN_PART_BYTES) throw s3Error('EntityTooSmall')
    return part
  })
}

export const completeMultipartUpload: S3Operation = async request => {
  const upload = findUpload(request)
  const bucket = request.bucket()
  const parts = chosenParts(upload, listOf((await readXml(request.raw)).root.Part))
  checkWrite(request.raw, bucket.current(request.key))
  const target = bucket.newFile()
  const output = createWriteStream(target.path)
  for (const part of parts) await pipeline(createReadStream(part.file), output, { end: false })
  await new Promise<void>((resolve, reject) => output.on('error', reject).end(resolve))
  checkWrite(request.raw, bucket.current(request.key))
  const nowMs = request.state.options.now()
  const etag = `${createHash('md5')
    .update(Buffer.concat(parts.map(part => Buffer.from(part.etag, 'hex'))))
    .digest('hex')}-${parts.length}`
  const version: Version = {
    key: request.key,
    versionId: newVersionId(bucket, nowMs),
    file: target.name,
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    etag,
    modifiedMs: nowMs,
    headers: upload.headers,
    metadata: upload.metadata,
    tags: upload.tags,
  }
  bucket.add(version)
  request.state.uploads.remove(upload)
  return xmlReply(
    'CompleteMultipartUploadResult',
    `${element('Location', `/${request.bucketName}/${request.key}`)}${element('Bucket', request.bucketName)}${element('Key', request.key)}${element('ETag', quoted(etag))}`,
  )
}

export const abortMultipartUpload: S3Operation = request => {
  request.state.uploads.remove(findUpload(request))
  return emptyReply(204)
}

export const listParts: S3Operation = request => {
  const upload = findUpload(request)
  const after = Number(request.query.get('part-number-marker') ?? 0)
  const max = Math.min(1_000, Number(request.query.get('max-parts') ?? 1_000))
  const rest = upload.parts.filter(part => part.number > after)
  const page = rest.slice(0, max)
  return xmlReply(
    'ListPartsResult',
    [
      names(request, upload.id),
      element('PartNumberMarker', after),
      element('NextPartNumberMarker', page.at(-1)?.number),
      element('MaxParts', max),
      element('IsTruncated', rest.length > page.length),
      ...page.map(
        part =>
          `<Part>${element('PartNumber', part.number)}${element('LastModified', isoTime(part.modifiedMs))}${element('ETag', quoted(part.etag))}${element('Size', part.sizeBytes)}</Part>`,
      ),
    ].join(''),
  )
}

export const listMultipartUploads: S3Operation = request => {
  request.bucket()
  const prefix = request.query.get('prefix') ?? ''
  const uploads = request.state.uploads.list(request.bucketName).filter(upload => upload.key.startsWith(prefix))
  return xmlReply(
    'ListMultipartUploadsResult',
    [
      element('Bucket', request.bucketName),
      element('IsTruncated', false),
      ...uploads.map(
        upload =>
          `<Upload>${element('Key', upload.key)}${element('UploadId', upload.id)}${element('Initiated', isoTime(upload.startedMs))}${element('StorageClass', 'STANDARD')}</Upload>`,
      ),
    ].join(''),
  )
}
