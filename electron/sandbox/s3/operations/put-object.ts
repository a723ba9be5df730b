import { checksumHeaders } from '../checksum.ts'
import { commitObject } from '../commit-object.ts'
import { emptyReply, type S3Operation } from '../exchange.ts'
import {
  checkKey,
  checkSupported,
  encryptionHeaders,
  keptHeaders,
  userMetadata,
  versionHeader,
} from '../object-headers.ts'
import { checkWrite } from '../preconditions.ts'
import { receiveBody } from '../receive-body.ts'
import { headerTags } from '../tagging.ts'
import { quoted } from '../xml.ts'

export const putObject: S3Operation = async request => {
  const { headers, key, state } = request
  const bucket = request.bucket()
  checkKey(key)
  checkSupported(request, 'PutObject')
  checkWrite(headers, key, bucket.current(key))
  const object = { key, headers: keptHeaders(headers), metadata: userMetadata(headers), tags: headerTags(headers) }
  const target = bucket.newFile()
  const received = await receiveBody(request, target.path)
  const version = commitObject(state, bucket, target, { ...object, ...received }, headers)
  return emptyReply(200, {
    etag: quoted(version.etag),
    ...encryptionHeaders(version.headers),
    ...versionHeader(bucket, version),
    ...checksumHeaders(version.checksum),
  })
}
