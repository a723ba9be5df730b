import { AwsError } from '../../server/aws-error.ts'
import type { Bucket } from '../bucket.ts'
import { type Deleted, deleteKey } from '../delete-key.ts'
import type { S3Operation } from '../exchange.ts'
import { checkKey } from '../object-headers.ts'
import { checkStillThere } from '../preconditions.ts'
import { s3Error } from '../s3-error.ts'
import { element, listOf, readXml, textOf, xmlReply } from '../xml.ts'

/** API reference, DeleteObjects. */
const MAX_KEYS = 1_000

export const deleteObjects: S3Operation = async request => {
  const bucket = request.bucket()
  const { root } = await readXml(request.raw, 'Delete')
  const objects = listOf(root.Object)
  if (objects.length === 0 || objects.length > MAX_KEYS) throw s3Error('MalformedXML')
  const quiet = root.Quiet === 'true'
  const answers = objects.map(object => deleteOne(bucket, object, request.state.options.now(), quiet))
  return xmlReply('DeleteResult', answers.join(''))
}

/** One key fails alone: the others are deleted. */
function deleteOne(bucket: Bucket, object: Record<string, unknown>, nowMs: number, quiet: boolean): string {
  const key = textOf(object.Key) ?? ''
  const versionId = textOf(object.VersionId)
  if (key === '') throw s3Error('MalformedXML')
  try {
    checkKey(key)
    if (object.ETag !== undefined) checkStillThere({ 'if-match': textOf(object.ETag) ?? '' }, key, bucket.current(key))
    const done = deleteKey(bucket, key, versionId, nowMs)
    return quiet ? '' : `<Deleted>${element('Key', key)}${element('VersionId', versionId)}${markerXml(done)}</Deleted>`
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const which = `${element('Key', key)}${element('VersionId', versionId)}`
    return `<Error>${which}${element('Code', error.code)}${element('Message', error.message)}</Error>`
  }
}

function markerXml(done: Deleted): string {
  if (done.kind === 'object' || (done.kind === 'version' && !done.wasMarker)) return ''
  return `${element('DeleteMarker', true)}${element('DeleteMarkerVersionId', done.versionId)}`
}
