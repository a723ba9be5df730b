import { notImplemented } from '../server/aws-error.ts'
import { HEADER_VALUE } from './address.ts'
import type { Bucket } from './bucket.ts'
import type { S3Request } from './exchange.ts'
import { invalidArgument, s3Error } from './s3-error.ts'
import type { Version } from './version.ts'
import { quoted } from './xml.ts'

/** What a GET may override with `response-...`, and what is kept of a put. */
const CONTENT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
]
const KEPT_HEADERS = [
  ...CONTENT_HEADERS,
  'x-amz-website-redirect-location',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
]
const STORAGE_CLASSES =
  /^(STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|DEEP_ARCHIVE|GLACIER_IR)$/
/** User Guide, "Creating object key names" and "Working with object metadata". */
const MAX_KEY_BYTES = 1024
const MAX_METADATA_BYTES = 2048

/** @throws AwsError `KeyTooLongError` */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key)
  if (size <= MAX_KEY_BYTES) return
  throw s3Error('KeyTooLongError', undefined, { fields: { Size: String(size), MaxSizeAllowed: String(MAX_KEY_BYTES) } })
}

/**
 * Says no to what would make an object other than it would be on AWS. @throws AwsError `NotImplemented`,
 * `InvalidRequest`
 */
export function checkSupported({ headers }: S3Request, operation: string): void {
  for (const name of Object.keys(headers)) {
    if (name.startsWith('x-amz-server-side-encryption-customer-'))
      throw notImplemented('s3', `${operation} with a key of the customer's`)
    if (name === 'x-amz-write-offset-bytes') throw notImplemented('s3', `${operation} that appends`)
    if (name.startsWith('x-amz-object-lock-'))
      throw s3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration')
  }
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
  kept['content-type'] ||= 'binary/octet-stream'
  return { ...kept, ...storageClass(headers) }
}

/** S3 does not name the class STANDARD. @throws AwsError `InvalidStorageClass` */
export function storageClass(headers: Readonly<Record<string, string>>): Record<string, string> {
  const name = headers['x-amz-storage-class']
  if (name !== undefined && !STORAGE_CLASSES.test(name)) throw s3Error('InvalidStorageClass')
  return name === undefined || name === 'STANDARD' ? {} : { 'x-amz-storage-class': name }
}

export const storageClassOf = (headers: Readonly<Record<string, string>>): string =>
  headers['x-amz-storage-class'] ?? 'STANDARD'

/** @throws AwsError `MetadataTooLarge` */
export function userMetadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-amz-meta-'))
    .map(([name, value]): [string, string] => [name.slice('x-amz-meta-'.length), value])
  const size = metadata.reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value, 'latin1'),
    0,
  )
  if (size > MAX_METADATA_BYTES) {
    const fields = { Size: String(size), MaxSizeAllowed: String(MAX_METADATA_BYTES) }
    throw s3Error('MetadataTooLarge', undefined, { fields })
  }
  return Object.fromEntries(metadata)
}

export const versionHeader = (bucket: Bucket, version: Pick<Version, 'versionId'>): Record<string, string> =>
  bucket.settings.versioning === 'Off' ? {} : { 'x-amz-version-id': version.versionId }

/**
 * S3 encrypts everything since 2023, with its own keys unless a put says otherwise; what it says is kept, nothing is
 * encrypted.
 */
export const encryptionHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> => ({
  'x-amz-server-side-encryption': 'AES256',
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-server-side-encryption'))),
})

/** The headers of a GET or a HEAD of an object, apart from its length and its checksum. */
export function objectHeaders({ query }: S3Request, bucket: Bucket, version: Version): Record<string, string> {
  const headers: Record<string, string> = {
    ...version.headers,
    ...encryptionHeaders(version.headers),
    ...validators(version),
    'accept-ranges': 'bytes',
    ...versionHeader(bucket, version),
  }
  const tags = Object.keys(version.tags).length
  if (tags > 0) headers['x-amz-tagging-count'] = String(tags)
  for (const [name, value] of Object.entries(version.metadata)) headers[`x-amz-meta-${name}`] = value
  for (const name of CONTENT_HEADERS) {
    const override = query.get(`response-${name}`)
    if (override === null) continue
    if (!HEADER_VALUE.test(override))
      throw invalidArgument('Header value cannot be represented', `response-${name}`, override)
    headers[name] = override
  }
  return headers
}

export const validators = (version: Version): Record<string, string> => ({
  etag: quoted(version.etag),
  'last-modified': new Date(version.modifiedMs).toUTCString(),
})
