import type { Bucket } from '../bucket.ts'
import { checksumName } from '../checksum.ts'
import { owner, type S3Operation } from '../exchange.ts'
import { commonPrefixesXml, type ListQuery, listQuery } from '../list-query.ts'
import { type Listing, listPage } from '../listing.ts'
import { storageClassOf } from '../object-headers.ts'
import { invalidArgument } from '../s3-error.ts'
import type { Version } from '../version.ts'
import { element, isoTime, quoted, xmlReply } from '../xml.ts'

export const listObjectsV2: S3Operation = request => {
  const bucket = request.bucket()
  const list = listQuery(request)
  const token = request.query.get('continuation-token')
  const startAfter = request.query.get('start-after') ?? ''
  const page = pageOf(bucket, list, token === null ? startAfter : readToken(token))
  const ownerXml = request.query.get('fetch-owner') === 'true' ? owner(request) : ''
  return xmlReply(
    'ListBucketResult',
    [
      element('Name', bucket.settings.name),
      element('Prefix', list.encode(list.prefix)),
      element('StartAfter', list.encode(startAfter) || undefined),
      element('ContinuationToken', token ?? undefined),
      page.truncated ? element('NextContinuationToken', writeToken(page.last ?? '')) : '',
      element('KeyCount', page.items.length + page.commonPrefixes.length),
      ...ending(list, page, ownerXml),
    ].join(''),
  )
}

export const listObjects: S3Operation = request => {
  const bucket = request.bucket()
  const list = listQuery(request)
  const marker = request.query.get('marker') ?? ''
  const page = pageOf(bucket, list, marker)
  return xmlReply(
    'ListBucketResult',
    [
      element('Name', bucket.settings.name),
      element('Prefix', list.encode(list.prefix)),
      element('Marker', list.encode(marker)),
      // Without a delimiter the next marker is the last key, and S3 leaves it out.
      page.truncated && list.delimiter !== '' ? element('NextMarker', list.encode(page.last ?? '')) : '',
      ...ending(list, page, owner(request)),
    ].join(''),
  )
}

function pageOf(bucket: Bucket, list: ListQuery, after: string): Listing<Version> {
  const itemsOf = (key: string): Version[] => {
    const version = bucket.current(key)
    return version ? [version] : []
  }
  return listPage(bucket.sortedKeys(), { ...list, after, itemsOf })
}

/** What both versions of the listing end with. */
const ending = (list: ListQuery, page: Listing<Version>, ownerXml: string): string[] => [
  element('MaxKeys', list.max),
  element('Delimiter', list.encode(list.delimiter) || undefined),
  element('EncodingType', list.encodingType),
  element('IsTruncated', page.truncated),
  ...page.items.map(version => contents(version, list, ownerXml)),
  commonPrefixesXml(page.commonPrefixes, list),
]

const contents = (version: Version, { encode }: ListQuery, ownerXml: string): string =>
  `<Contents>${[
    element('Key', encode(version.key)),
    element('LastModified', isoTime(version.modifiedMs)),
    element('ETag', quoted(version.etag)),
    checksumXml(version),
    element('Size', version.sizeBytes),
    ownerXml,
    element('StorageClass', storageClassOf(version.headers)),
  ].join('')}</Contents>`

/** Listings name the algorithm of an object's checksum, not its value. */
export const checksumXml = ({ checksum }: Version): string =>
  checksum
    ? `${element('ChecksumAlgorithm', checksumName(checksum.name)?.toUpperCase())}` +
      `${element('ChecksumType', checksum.type ?? 'FULL_OBJECT')}`
    : ''

/** Opaque to clients: the last key of the page behind a mark of its version. */
const TOKEN_MARK = '1:'
const writeToken = (last: string): string => Buffer.from(TOKEN_MARK + last).toString('base64')

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8')
  if (!text.startsWith(TOKEN_MARK) || writeToken(text.slice(TOKEN_MARK.length)) !== token)
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token)
  return text.slice(TOKEN_MARK.length)
}
