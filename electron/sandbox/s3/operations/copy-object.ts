import { checksumElement, checksumName } from '../checksum.ts'
import { commitObject } from '../commit-object.ts'
import { copySource } from '../copy-source.ts'
import type { S3Operation, S3Request } from '../exchange.ts'
import {
  checkKey,
  checkSupported,
  encryptionHeaders,
  keptHeaders,
  storageClass,
  userMetadata,
  versionHeader,
} from '../object-headers.ts'
import { checkWrite } from '../preconditions.ts'
import { MAX_PUT_BYTES } from '../receive-body.ts'
import { invalidArgument, s3Error } from '../s3-error.ts'
import { readOpened, storeBytes } from '../store-bytes.ts'
import { headerTags } from '../tagging.ts'
import type { Version } from '../version.ts'
import { element, isoTime, quoted, xmlReply } from '../xml.ts'

export const copyObject: S3Operation = async request => {
  const { headers, key, state } = request
  const bucket = request.bucket()
  checkKey(key)
  checkSupported(request, 'CopyObject')
  const source = copySource(request)
  if (source.bucket === bucket && source.version.key === key && !source.isVersion && !changesAnything(request)) {
    throw s3Error(
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself without changing the ' +
        "object's metadata, storage class, website redirect location or encryption attributes.",
    )
  }
  if (source.version.sizeBytes > MAX_PUT_BYTES) {
    const most = `the maximum allowable size for a copy source: ${MAX_PUT_BYTES}`
    const message = `The specified copy source is larger than ${most}`
    throw s3Error('InvalidRequest', message)
  }
  checkWrite(headers, key, bucket.current(key))
  const described = description(request, source.version)
  const target = bucket.newFile()
  const checksum = checksumName(headers['x-amz-checksum-algorithm']) ?? checksumName(source.version.checksum?.name)
  const stored = await storeBytes([readOpened(source.bucket.pathOf(source.version.file))], target.path, {
    checksum: checksum ?? 'crc64nvme',
    limitBytes: MAX_PUT_BYTES,
  })
  const object = {
    key,
    ...described,
    sizeBytes: stored.sizeBytes,
    etag: stored.md5.toString('hex'),
    checksum: stored.checksum,
  }
  const version = commitObject(state, bucket, target, object, headers)
  return xmlReply(
    'CopyObjectResult',
    [
      element('LastModified', isoTime(version.modifiedMs)),
      element('ETag', quoted(version.etag)),
      version.checksum && element(checksumElement(version.checksum.name), version.checksum.value),
      version.checksum && element('ChecksumType', 'FULL_OBJECT'),
    ].join(''),
    {
      ...encryptionHeaders(version.headers),
      ...versionHeader(bucket, version),
      ...(source.bucket.settings.versioning !== 'Off' && { 'x-amz-copy-source-version-id': source.version.versionId }),
    },
  )
}

const changesAnything = ({ headers }: S3Request): boolean =>
  headers['x-amz-metadata-directive'] === 'REPLACE' ||
  ['x-amz-storage-class', 'x-amz-website-redirect-location', 'x-amz-server-side-encryption'].some(
    name => headers[name] !== undefined,
  )

/** What the copy keeps of its source, and what the request replaces. The storage class never comes along. */
function description({ headers }: S3Request, source: Version): Pick<Version, 'headers' | 'metadata' | 'tags'> {
  const isReplaced = (name: string): boolean => {
    const directive = headers[name] ?? 'COPY'
    if (directive !== 'COPY' && directive !== 'REPLACE') throw invalidArgument('Unknown directive.', name, directive)
    return directive === 'REPLACE'
  }
  const { 'x-amz-storage-class': _class, ...kept } = source.headers
  const replaces = isReplaced('x-amz-metadata-directive')
  return {
    headers: replaces ? keptHeaders(headers) : { ...kept, ...storageClass(headers) },
    metadata: replaces ? userMetadata(headers) : source.metadata,
    tags: isReplaced('x-amz-tagging-directive') ? headerTags(headers) : source.tags,
  }
}
