import { type ChecksumType, checksumName } from '../checksum.ts'
import type { S3Operation } from '../exchange.ts'
import { checkKey, checkSupported, encryptionHeaders, keptHeaders, userMetadata } from '../object-headers.ts'
import { s3Error } from '../s3-error.ts'
import { headerTags } from '../tagging.ts'
import type { Upload } from '../uploads.ts'
import { element, xmlReply } from '../xml.ts'

export const createMultipartUpload: S3Operation = request => {
  const { headers, key, bucketName, state } = request
  request.bucket()
  checkKey(key)
  checkSupported(request, 'CreateMultipartUpload')
  const upload = state.uploads.start({
    bucket: bucketName,
    key,
    startedMs: state.options.now(),
    headers: keptHeaders(headers),
    metadata: userMetadata(headers),
    tags: headerTags(headers),
    checksum: checksumOf(headers),
  })
  return xmlReply(
    'InitiateMultipartUploadResult',
    `${element('Bucket', bucketName)}${element('Key', key)}${element('UploadId', upload.id)}`,
    {
      ...encryptionHeaders(upload.headers),
      ...(upload.checksum.isAsked && {
        'x-amz-checksum-algorithm': upload.checksum.name.toUpperCase(),
        'x-amz-checksum-type': upload.checksum.type,
      }),
    },
  )
}

/**
 * A CRC can be of the whole object, a hash of parts only of their hashes; CRC64NVME always is of the whole (User Guide,
 * "Checking object integrity for multipart uploads").
 */
function checksumOf(headers: Readonly<Record<string, string>>): Upload['checksum'] {
  const asked = checksumName(headers['x-amz-checksum-algorithm'])
  const name = asked ?? 'crc64nvme'
  const type = (headers['x-amz-checksum-type'] ?? (name === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE')) as ChecksumType
  const types: ChecksumType[] =
    name === 'crc64nvme' ? ['FULL_OBJECT'] : name.startsWith('sha') ? ['COMPOSITE'] : ['COMPOSITE', 'FULL_OBJECT']
  if (!types.includes(type))
    throw s3Error('InvalidRequest', `The ${type} checksum type cannot be used with the ${name} checksum algorithm.`)
  return { name, type, isAsked: asked !== undefined }
}
