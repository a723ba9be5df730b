import { emptyReply, type S3Operation, type S3Request } from '../exchange.ts'
import { findVersion } from '../find-version.ts'
import { versionHeader } from '../object-headers.ts'
import { MAX_OBJECT_TAGS, readTagSet, tagSetXml } from '../tagging.ts'
import { readXml, xmlReply } from '../xml.ts'

export const getObjectTagging: S3Operation = request => {
  const bucket = request.bucket()
  const version = findVersion(request, bucket)
  return xmlReply('Tagging', tagSetXml(version.tags), versionHeader(bucket, version))
}

export const putObjectTagging: S3Operation = async request => {
  findVersion(request, request.bucket())
  return setTags(request, readTagSet((await readXml(request.raw, 'Tagging')).root, MAX_OBJECT_TAGS), 200)
}

export const deleteObjectTagging: S3Operation = request => setTags(request, {}, 204)

function setTags(request: S3Request, tags: Record<string, string>, status: number) {
  const bucket = request.bucket()
  const version = findVersion(request, bucket)
  bucket.retag(version, tags)
  return emptyReply(status, versionHeader(bucket, version))
}
