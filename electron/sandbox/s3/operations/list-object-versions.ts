import { owner, type S3Operation } from '../exchange.ts'
import { commonPrefixesXml, listQuery } from '../list-query.ts'
import { listPage } from '../listing.ts'
import { storageClassOf } from '../object-headers.ts'
import { invalidArgument } from '../s3-error.ts'
import type { Version } from '../version.ts'
import { element, isoTime, quoted, xmlReply } from '../xml.ts'
import { checksumXml } from './list-objects.ts'

/** All versions and delete markers, the newest first for each key. */
export const listObjectVersions: S3Operation = request => {
  const bucket = request.bucket()
  const list = listQuery(request)
  const keyMarker = request.query.get('key-marker') ?? ''
  const versionMarker = request.query.get('version-id-marker') || undefined
  if (versionMarker !== undefined && keyMarker === '')
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      versionMarker,
    )

  const itemsOf = (key: string): Version[] => {
    const newestFirst = [...bucket.versions(key)].reverse()
    if (key !== keyMarker || versionMarker === undefined) return newestFirst
    return newestFirst.slice(newestFirst.findIndex(version => version.versionId === versionMarker) + 1)
  }
  const page = listPage(bucket.sortedKeys(), {
    ...list,
    after: keyMarker,
    resume: versionMarker !== undefined,
    itemsOf,
  })
  const last = page.items.at(-1)
  const ownerXml = owner(request)
  const entry = (version: Version): string => {
    const isMarker = version.file === undefined
    const inner = [
      element('Key', list.encode(version.key)),
      element('VersionId', version.versionId),
      element('IsLatest', bucket.versions(version.key).at(-1) === version),
      element('LastModified', isoTime(version.modifiedMs)),
      ...(isMarker
        ? [ownerXml]
        : [
            element('ETag', quoted(version.etag)),
            checksumXml(version),
            element('Size', version.sizeBytes),
            ownerXml,
            element('StorageClass', storageClassOf(version.headers)),
          ]),
    ].join('')
    return isMarker ? `<DeleteMarker>${inner}</DeleteMarker>` : `<Version>${inner}</Version>`
  }
  return xmlReply(
    'ListVersionsResult',
    [
      element('Name', bucket.settings.name),
      element('Prefix', list.encode(list.prefix)),
      element('KeyMarker', list.encode(keyMarker)),
      element('VersionIdMarker', versionMarker ?? ''),
      page.truncated ? element('NextKeyMarker', list.encode(page.last ?? '')) : '',
      page.truncated && last?.key === page.last ? element('NextVersionIdMarker', last?.versionId) : '',
      element('MaxKeys', list.max),
      element('Delimiter', list.encode(list.delimiter) || undefined),
      element('EncodingType', list.encodingType),
      element('IsTruncated', page.truncated),
      ...page.items.map(entry),
      commonPrefixesXml(page.commonPrefixes, list),
    ].join(''),
  )
}
