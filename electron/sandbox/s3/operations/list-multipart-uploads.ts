import { owner, type S3Operation } from '../exchange.ts'
import { commonPrefixesXml, listQuery } from '../list-query.ts'
import { listPage } from '../listing.ts'
import { storageClassOf } from '../object-headers.ts'
import { sortedKeys } from '../sorted-keys.ts'
import type { Upload } from '../uploads.ts'
import { element, isoTime, xmlReply } from '../xml.ts'

export const listMultipartUploads: S3Operation = request => {
  request.bucket()
  const list = listQuery(request, 'max-uploads')
  const keyMarker = request.query.get('key-marker') ?? ''
  // Without a key marker the other one means nothing (API reference, ListMultipartUploads).
  const idMarker = (keyMarker !== '' && request.query.get('upload-id-marker')) || undefined
  const byKey = new Map<string, Upload[]>()
  for (const upload of request.state.uploads.list(request.bucketName))
    byKey.set(upload.key, [...(byKey.get(upload.key) ?? []), upload])
  const itemsOf = (key: string): Upload[] => {
    const uploads = byKey.get(key) ?? []
    if (key !== keyMarker || idMarker === undefined) return uploads
    return uploads.slice(uploads.findIndex(upload => upload.id === idMarker) + 1)
  }
  const keys = sortedKeys(byKey.keys()).all()
  const page = listPage(keys, { ...list, after: keyMarker, resume: idMarker !== undefined, itemsOf })
  const last = page.items.at(-1)
  const people = `${owner(request, 'Initiator')}${owner(request)}`
  return xmlReply(
    'ListMultipartUploadsResult',
    [
      element('Bucket', request.bucketName),
      element('KeyMarker', list.encode(keyMarker)),
      element('UploadIdMarker', idMarker ?? ''),
      page.truncated ? element('NextKeyMarker', list.encode(page.last ?? '')) : '',
      page.truncated && last?.key === page.last ? element('NextUploadIdMarker', last?.id) : '',
      element('Prefix', list.encode(list.prefix)),
      element('Delimiter', list.encode(list.delimiter) || undefined),
      element('EncodingType', list.encodingType),
      element('MaxUploads', list.max),
      element('IsTruncated', page.truncated),
      ...page.items.map(
        upload =>
          `<Upload>${element('Key', list.encode(upload.key))}${element('UploadId', upload.id)}${people}` +
          `${element('StorageClass', storageClassOf(upload.headers))}` +
          `${element('Initiated', isoTime(upload.startedMs))}</Upload>`,
      ),
      commonPrefixesXml(page.commonPrefixes, list),
    ].join(''),
  )
}
