import { checksumElement } from '../checksum.ts'
import type { S3Operation } from '../exchange.ts'
import { findVersion, type StoredVersion } from '../find-version.ts'
import { storageClassOf, validators, versionHeader } from '../object-headers.ts'
import { checkRead } from '../preconditions.ts'
import { invalidArgument } from '../s3-error.ts'
import { element, xmlReply } from '../xml.ts'

/** What can be asked for, each with its element. The order is that of the reply. */
const ATTRIBUTES: Record<string, (version: StoredVersion) => string> = {
  ETag: version => element('ETag', version.etag),
  Checksum: ({ checksum }) =>
    checksum
      ? `<Checksum>${element(checksumElement(checksum.name), checksum.value)}` +
        `${element('ChecksumType', checksum.type ?? 'FULL_OBJECT')}</Checksum>`
      : '',
  // Only the number: sizes are listed of parts that have checksums of their own, and those are not kept.
  ObjectParts: ({ partSizes }) =>
    partSizes ? `<ObjectParts>${element('PartsCount', partSizes.length)}</ObjectParts>` : '',
  StorageClass: version => element('StorageClass', storageClassOf(version.headers)),
  ObjectSize: version => element('ObjectSize', version.sizeBytes),
}

export const getObjectAttributes: S3Operation = request => {
  const bucket = request.bucket()
  const version = findVersion(request, bucket)
  checkRead(request.headers, version)
  const header = request.headers['x-amz-object-attributes'] ?? ''
  const asked = header.split(',').map(name => name.trim())
  if (!asked.every(name => Object.hasOwn(ATTRIBUTES, name)))
    throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', header)
  const elements = Object.entries(ATTRIBUTES).flatMap(([name, elementOf]) =>
    asked.includes(name) ? [elementOf(version)] : [],
  )
  const { 'last-modified': modified = '' } = validators(version)
  return xmlReply('GetObjectAttributesResponse', elements.join(''), {
    'last-modified': modified,
    ...versionHeader(bucket, version),
  })
}
