import { checksumElement } from '../checksum.ts'
import { owner, type S3Operation } from '../exchange.ts'
import { findUpload } from '../find-upload.ts'
import { countArgument } from '../list-query.ts'
import { storageClassOf } from '../object-headers.ts'
import type { Part } from '../uploads.ts'
import { element, isoTime, quoted, xmlReply } from '../xml.ts'

const MAX_PARTS_A_PAGE = 1_000

export const listParts: S3Operation = request => {
  const upload = findUpload(request)
  const after = countArgument(request.query, 'part-number-marker') ?? 0
  const max = Math.min(MAX_PARTS_A_PAGE, countArgument(request.query, 'max-parts') ?? MAX_PARTS_A_PAGE)
  const rest = [...upload.parts.values()].filter(part => part.number > after).sort((a, b) => a.number - b.number)
  const page = rest.slice(0, max)
  const { checksum } = upload
  return xmlReply(
    'ListPartsResult',
    [
      element('Bucket', upload.bucket),
      element('Key', upload.key),
      element('UploadId', upload.id),
      owner(request, 'Initiator'),
      owner(request),
      element('StorageClass', storageClassOf(upload.headers)),
      element('PartNumberMarker', after),
      element('NextPartNumberMarker', page.at(-1)?.number ?? 0),
      element('MaxParts', max),
      element('IsTruncated', max > 0 && rest.length > page.length),
      checksum.isAsked
        ? `${element('ChecksumAlgorithm', checksum.name.toUpperCase())}${element('ChecksumType', checksum.type)}`
        : '',
      ...page.map(partXml),
    ].join(''),
  )
}

const partXml = (part: Part): string =>
  `<Part>${[
    element('PartNumber', part.number),
    element('LastModified', isoTime(part.modifiedMs)),
    element('ETag', quoted(part.etag)),
    element('Size', part.sizeBytes),
    part.checksum ? element(checksumElement(part.checksum.name), part.checksum.value) : '',
  ].join('')}</Part>`
