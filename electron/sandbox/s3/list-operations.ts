import type { Bucket, Version } from './bucket.ts'
import { element, isoTime, quoted, type S3Operation, type S3Request, xmlReply } from './exchange.ts'
import { listPage } from './listing.ts'
import { s3Error } from './s3-error.ts'

const MAX_KEYS = 1_000

/** What all listings are asked by; with encoding-type=url, keys come out percent-encoded. */
function listQuery({ query }: S3Request) {
  const encoding = query.get('encoding-type')
  if (encoding !== null && encoding !== 'url') throw s3Error('InvalidArgument', 'Invalid Encoding Method specified in Request')
  const max = Number(query.get('max-keys') ?? MAX_KEYS)
  if (!Number.isInteger(max) || max < 0)
    throw s3Error('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647')
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    max: Math.min(max, MAX_KEYS),
    encoding: encoding ?? undefined,
    /** Slashes stay, as in S3. */
    encode: (key: string) => (encoding === 'url' ? encodeURIComponent(key).replaceAll('%2F', '/') : key),
  }
}

const contents = (version: Version, encode: (key: string) => string, owner: string): string =>
  `<Contents>${element('Key', encode(version.key))}${element('LastModified', isoTime(version.modifiedMs))}${element('ETag', quoted(version.etag))}${element('Size', version.sizeBytes)}${owner}${element('StorageClass', 'STANDARD')}</Contents>`

const prefixes = (names: readonly string[], encode: (key: string) => string): string =>
  names.map(name => `<CommonPrefixes>${element('Prefix', encode(name))}</CommonPrefixes>`).join('')

function pageOf(bucket: Bucket, list: ReturnType<typeof listQuery>, after: string) {
  const isListed = (key: string) => bucket.current(key) !== undefined
  const page = listPage(bucket.sortedKeys(), { prefix: list.prefix, delimiter: list.delimiter, after, max: list.max, isListed })
  return { page, versions: page.keys.flatMap(key => bucket.current(key) ?? []) }
}

export const listObjectsV2: S3Operation = request => {
  const bucket = request.bucket()
  const list = listQuery(request)
  const token = request.query.get('continuation-token')
  const startAfter = request.query.get('start-after') ?? ''
  const after = token === null ? startAfter : Buffer.from(token, 'base64url').toString('utf8')
  const { page, versions } = pageOf(bucket, list, after)
  const owner =
    request.query.get('fetch-owner') === 'true' ? `<Owner>${element('ID', request.state.options.account)}</Owner>` : ''
  return xmlReply(
    'ListBucketResult',
    [
      element('Name', bucket.settings.name),
      element('Prefix', list.encode(list.prefix)),
      list.delimiter && element('Delimiter', list.encode(list.delimiter)),
      element('KeyCount', page.keys.length + page.commonPrefixes.length),
      element('MaxKeys', list.max),
      element('EncodingType', list.encoding),
      element('IsTruncated', page.truncated),
      element('ContinuationToken', token ?? undefined),
      page.truncated ? element('NextContinuationToken', Buffer.from(page.last ?? '').toString('base64url')) : '',
      startAfter && element('StartAfter', list.encode(startAfter)),
      ...versions.map(version => contents(version, list.encode, owner)),
      prefixes(page.commonPrefixes, list.encode),
    ].join(''),
  )
}

export const listObjects: S3Operation = request => {
  const bucket = request.bucket()
  const list = listQuery(request)
  const marker = request.query.get('marker') ?? ''
  const { page, versions } = pageOf(bucket, list, marker)
  const owner = `<Owner>${element('ID', request.state.options.account)}</Owner>`
  return xmlReply(
    'ListBucketResult',
    [
      element('Name', bucket.settings.name),
      element('Prefix', list.encode(list.prefix)),
      element('Marker', list.encode(marker)),
      list.delimiter && element('Delimiter', list.encode(list.delimiter)),
      element('MaxKeys', list.max),
      element('EncodingType', list.encoding),
      element('IsTruncated', page.truncated),
      page.truncated && list.delimiter ? element('NextMarker', list.encode(page.last ?? '')) : '',
      ...versions.map(version => contents(version, list.encode, owner)),
      prefixes(page.commonPrefixes, list.encode),
    ].join(''),
  )
}

/** All versions and delete markers, newest first for each key. A page ends between two keys, so that a marker needs no version. */
export const listObjectVersions: S3Operation = request => {
  const bucket = request.bucket()
  const list = listQuery(request)
  const after = request.query.get('key-marker') ?? ''
  const page = listPage(bucket.sortedKeys(), {
    prefix: list.prefix,
    delimiter: list.delimiter,
    after,
    max: list.max,
    isListed: () => true,
  })
  const owner = `<Owner>${element('ID', request.state.options.account)}</Owner>`
  const entries = page.keys.flatMap(key =>
    [...bucket.versions(key)].reverse().map((version, index) => {
      const common = `${element('Key', list.encode(key))}${element('VersionId', version.versionId)}${element('IsLatest', index === 0)}${element('LastModified', isoTime(version.modifiedMs))}`
      return version.file === undefined
        ? `<DeleteMarker>${common}${owner}</DeleteMarker>`
        : `<Version>${common}${element('ETag', quoted(version.etag))}${element('Size', version.sizeBytes)}${element('StorageClass', 'STANDARD')}${owner}</Version>`
    }),
  )
  return xmlReply(
    'ListVersionsResult',
    [
      element('Name', bucket.settings.name),
      element('Prefix', list.encode(list.prefix)),
      element('KeyMarker', list.encode(after)),
      list.delimiter && element('Delimiter', list.encode(list.delimiter)),
      element('MaxKeys', list.max),
      element('EncodingType', list.encoding),
      element('IsTruncated', page.truncated),
      page.truncated ? element('NextKeyMarker', list.encode(page.last ?? '')) : '',
      ...entries,
      prefixes(page.commonPrefixes, list.encode),
    ].join(''),
  )
}
