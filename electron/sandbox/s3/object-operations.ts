import { createReadStream, openSync } from 'node:fs'
import { copyFile, rename } from 'node:fs/promises'
import type { Bucket, Version } from './bucket.ts'
import { readTagSet, tagSetXml } from './bucket-operations.ts'
import { element, emptyReply, isoTime, listOf, quoted, readXml, type S3Operation, type S3Request, xmlReply } from './exchange.ts'
import { checkRead, checkWrite } from './preconditions.ts'
import { receiveBody } from './receive-body.ts'
import { s3Error } from './s3-error.ts'

/** What is kept of a put's headers, and how a GET may override it. */
const KEPT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const
const MAX_KEY_BYTES = 1024
const MAX_METADATA_BYTES = 2048
let versionCounter = 0

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw s3Error('KeyTooLongError')
}

/** The headers of a put that come back with the object. `aws-chunked` is how it travelled, not what it is. */
export function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of KEPT_HEADERS) if (headers[name] !== undefined) kept[name] = headers[name]
  const encoding = kept['content-encoding']
    ?.split(',')
    .map(entry => entry.trim())
    .filter(entry => entry && entry !== 'aws-chunked')
    .join(',')
  if (encoding) kept['content-encoding'] = encoding
  else delete kept['content-encoding']
  kept['content-type'] ??= 'binary/octet-stream'
  return kept
}

export function userMetadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  const metadata = Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('x-amz-meta-'))
      .map(([name, value]) => [name.slice('x-amz-meta-'.length), value]),
  )
  const size = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
  if (size > MAX_METADATA_BYTES)
    throw s3Error('InvalidArgument', 'Your metadata headers exceed the maximum allowed metadata size')
  return metadata
}

/** Tags in the header of a put: `a=1&b=2`. */
export const headerTags = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(headers['x-amz-tagging'] ?? ''))

/** A new version's id: `null` unless the bucket keeps versions. Ids rise with time. */
export const newVersionId = (bucket: Bucket, nowMs: number): string =>
  bucket.settings.versioning === 'Enabled' ? `${nowMs.toString(36)}.${(versionCounter++).toString(36).padStart(6, '0')}` : 'null'

const versionHeader = (bucket: Bucket, version: Version): Record<string, string> =>
  bucket.settings.versioning === 'Off' ? {} : { 'x-amz-version-id': version.versionId }

const checksumHeader = (version: Version): Record<string, string> =>
  version.checksum ? { [`x-amz-checksum-${version.checksum.name}`]: version.checksum.value } : {}

export const putObject: S3Operation = async request => {
  const { raw, key, state } = request
  const bucket = request.bucket()
  checkKey(key)
  checkWrite(raw, bucket.current(key))
  const metadata = userMetadata(raw.headers)
  const target = bucket.newFile()
  const received = await receiveBody(raw, `${target.path}.incoming`)
  await rename(`${target.path}.incoming`, target.path)
  // Whoever else put while this body came in has won; nothing yields between this check and the line of the index.
  checkWrite(raw, bucket.current(key))
  const nowMs = state.options.now()
  const version: Version = {
    key,
    versionId: newVersionId(bucket, nowMs),
    file: target.name,
    sizeBytes: received.sizeBytes,
    etag: received.md5,
    modifiedMs: nowMs,
    headers: keptHeaders(raw.headers),
    metadata,
    ...(received.checksum && { checksum: received.checksum }),
    tags: headerTags(raw.headers),
  }
  bucket.add(version)
  return emptyReply(200, { etag: quoted(version.etag), ...versionHeader(bucket, version), ...checksumHeader(version) })
}

/** The version that a request means: by id, or the newest. */
function findVersion({ query, key }: S3Request, bucket: Bucket): Version {
  const versionId = query.get('versionId')
  if (versionId === null) {
    const current = bucket.current(key)
    if (!current) throw s3Error('NoSuchKey')
    return current
  }
  const version = bucket.versions(key).find(entry => entry.versionId === versionId)
  if (!version) throw s3Error('NoSuchVersion')
  if (version.file === undefined) throw s3Error('MethodNotAllowed')
  return version
}

/** `bytes=a-b`, `bytes=a-`, `bytes=-n`; undefined for the whole, also when the header is not one S3 reads. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const range = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!range || (range[1] === '' && range[2] === '')) return undefined
  const [, first = '', last = ''] = range
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start >= size || (first === '' && Number(last) === 0)) throw s3Error('InvalidRange')
  return end < start ? undefined : { start, end }
}

function objectHeaders(request: S3Request, bucket: Bucket, version: Version, whole: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    ...version.headers,
    etag: quoted(version.etag),
    'last-modified': new Date(version.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    'x-amz-server-side-encryption': 'AES256',
    ...versionHeader(bucket, version),
  }
  if (whole && request.raw.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED')
    Object.assign(headers, checksumHeader(version))
  const tags = Object.keys(version.tags).length
  if (tags > 0) headers['x-amz-tagging-count'] = String(tags)
  for (const [name, value] of Object.entries(version.metadata)) headers[`x-amz-meta-${name}`] = value
  for (const name of KEPT_HEADERS) {
    const override = request.query.get(`response-${name}`)
    if (override !== null) headers[name] = override
  }
  return headers
}

const read =
  (withBody: boolean): S3Operation =>
  request => {
    const bucket = request.bucket()
    const version = findVersion(request, bucket)
    checkRead(request.raw, version)
    const range = readRange(request.raw.headers.range, version.sizeBytes)
    const { start, end } = range ?? { start: 0, end: version.sizeBytes - 1 }
    const headers = objectHeaders(request, bucket, version, !range)
    headers['content-length'] = String(end - start + 1)
    if (range) headers['content-range'] = `bytes ${start}-${end}/${version.sizeBytes}`
    const status = range ? 206 : 200
    if (!withBody || version.file === undefined) return { status, headers }
    if (version.sizeBytes === 0) return { status, headers, body: '' }
    // Opened at once: a put that replaces the object may remove the file before the stream would.
    const file = bucket.pathOf(version.file)
    return { status, headers, body: createReadStream(file, { fd: openSync(file, 'r'), start, end }) }
  }
export const getObject = read(true)
export const headObject = read(false)

/** Deletes one key, or one version of it; returns what S3 tells of it. Deleting what is not there succeeds. */
function deleteKey(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  nowMs: number,
): { versionId?: string; marker: boolean } {
  if (versionId !== undefined) {
    const marker = bucket.versions(key).some(entry => entry.versionId === versionId && entry.file === undefined)
    bucket.remove(key, versionId)
    return { versionId, marker }
  }
  if (bucket.settings.versioning === 'Off') {
    bucket.remove(key, 'null')
    return { marker: false }
  }
  const marker: Version = {
    key,
    versionId: newVersionId(bucket, nowMs),
    sizeBytes: 0,
    etag: '',
    modifiedMs: nowMs,
    headers: {},
    metadata: {},
    tags: {},
  }
  bucket.add(marker)
  return { versionId: marker.versionId, marker: true }
}

export const deleteObject: S3Operation = request => {
  const bucket = request.bucket()
  const done = deleteKey(bucket, request.key, request.query.get('versionId') ?? undefined, request.state.options.now())
  return emptyReply(204, {
    ...(done.versionId !== undefined && { 'x-amz-version-id': done.versionId }),
    ...(done.marker && { 'x-amz-delete-marker': 'true' }),
  })
}

const MAX_DELETED_AT_ONCE = 1_000

export const deleteObjects: S3Operation = async request => {
  const bucket = request.bucket()
  const { root } = await readXml(request.raw)
  const objects = listOf(root.Object)
  if (objects.length === 0 || objects.length > MAX_DELETED_AT_ONCE) throw s3Error('MalformedXML')
  const answers = objects.map(object => {
    const key = String(object.Key ?? '')
    const versionId = object.VersionId === undefined ? undefined : String(object.VersionId)
    const done = deleteKey(bucket, key, versionId, request.state.options.now())
    if (root.Quiet === 'true') return ''
    const marker = done.marker ? `${element('DeleteMarker', true)}${element('DeleteMarkerVersionId', done.versionId)}` : ''
    return `<Deleted>${element('Key', key)}${element('VersionId', versionId)}${marker}</Deleted>`
  })
  return xmlReply('DeleteResult', answers.join(''))
}

/** `x-amz-copy-source`: `/bucket/key?versionId=...`, percent-encoded. */
export function copySource(request: S3Request): { bucket: Bucket; version: Version } {
  const header = request.raw.headers['x-amz-copy-source'] ?? ''
  const [path = '', query = ''] = header.split('?')
  const [, name = '', key = ''] = /^\/?([^/]+)\/(.*)$/s.exec(decodeURIComponent(path)) ?? []
  const bucket = request.state.buckets.get(name)
  if (!bucket) throw s3Error('NoSuchBucket')
  const version = findVersion({ ...request, key, query: new URLSearchParams(query) }, bucket)
  const conditions = Object.fromEntries(
    Object.entries(request.raw.headers)
      .filter(([header]) => header.startsWith('x-amz-copy-source-if-'))
      .map(([header, value]) => [header.slice('x-amz-copy-source-'.length), value]),
  )
  try {
    checkRead({ ...request.raw, headers: conditions }, version)
  } catch (cause) {
    throw Object.assign(s3Error('PreconditionFailed'), { cause })
  }
  return { bucket, version }
}

export const copyObject: S3Operation = async request => {
  const { raw, key, state } = request
  const bucket = request.bucket()
  checkKey(key)
  const source = copySource(request)
  const replace = raw.headers['x-amz-metadata-directive'] === 'REPLACE'
  if (
    !replace &&
    source.bucket === bucket &&
    source.version.key === key &&
    !raw.headers['x-amz-copy-source']?.includes('versionId')
  ) {
    throw s3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  }
  const target = bucket.newFile()
  await copyFile(source.bucket.pathOf(source.version.file ?? ''), target.path)
  checkWrite(raw, bucket.current(key))
  const nowMs = state.options.now()
  const version: Version = {
    ...source.version,
    key,
    versionId: newVersionId(bucket, nowMs),
    file: target.name,
    modifiedMs: nowMs,
    ...(replace && { headers: keptHeaders(raw.headers), metadata: userMetadata(raw.headers) }),
    ...(raw.headers['x-amz-tagging-directive'] === 'REPLACE' && { tags: headerTags(raw.headers) }),
  }
  bucket.add(version)
  const reply = xmlReply('CopyObjectResult', `${element('LastModified', isoTime(nowMs))}${element('ETag', quoted(version.etag))}`)
  return { ...reply, headers: { ...reply.headers, ...versionHeader(bucket, version) } }
}

export const getObjectTagging: S3Operation = request =>
  xmlReply('Tagging', tagSetXml(findVersion(request, request.bucket()).tags))

const setTags = (request: S3Request, tags: Record<string, string>, status: number) => {
  const bucket = request.bucket()
  const version = findVersion(request, bucket)
  // The same version under a new line of the index: its file must not be taken for a replaced one.
  bucket.retag(version, tags)
  return emptyReply(status)
}
export const putObjectTagging: S3Operation = async request => setTags(request, readTagSet((await readXml(request.raw)).root), 200)
export const deleteObjectTagging: S3Operation = request => setTags(request, {}, 204)

export const getObjectAcl: S3Operation = request => {
  findVersion(request, request.bucket())
  const owner = element('ID', request.state.options.account)
  return xmlReply('AccessControlPolicy', `<Owner>${owner}</Owner><AccessControlList></AccessControlList>`)
}
