import { emptyReply, type S3Operation } from '../exchange.ts'
import { s3Error } from '../s3-error.ts'
import { MAX_BUCKET_TAGS, readTagSet, tagSetXml } from '../tagging.ts'
import { element, readXml, xmlReply } from '../xml.ts'

/** The empty element is us-east-1. */
export const getBucketLocation: S3Operation = request => {
  request.bucket()
  const { region } = request.state.options
  return xmlReply('LocationConstraint', region === 'us-east-1' ? '' : region)
}

/** A bucket that never kept versions has no status. */
export const getBucketVersioning: S3Operation = request => {
  const { versioning } = request.bucket().settings
  return xmlReply('VersioningConfiguration', versioning === 'Off' ? '' : element('Status', versioning))
}

export const putBucketVersioning: S3Operation = async request => {
  request.bucket()
  const { Status } = (await readXml(request.raw, 'VersioningConfiguration')).root
  if (Status !== 'Enabled' && Status !== 'Suspended') throw s3Error('MalformedXML')
  const bucket = request.bucket()
  bucket.settings.versioning = Status
  bucket.saveSettings()
  return emptyReply(200)
}

export const getBucketTagging: S3Operation = request => {
  const { tags } = request.bucket().settings
  if (!tags) throw s3Error('NoSuchTagSet', undefined, { fields: { BucketName: request.bucketName } })
  return xmlReply('Tagging', tagSetXml(tags))
}

export const putBucketTagging: S3Operation = async request => {
  request.bucket()
  const tags = readTagSet((await readXml(request.raw, 'Tagging')).root, MAX_BUCKET_TAGS)
  const bucket = request.bucket()
  bucket.settings.tags = tags
  bucket.saveSettings()
  return emptyReply(204)
}

export const deleteBucketTagging: S3Operation = request => {
  const bucket = request.bucket()
  delete bucket.settings.tags
  bucket.saveSettings()
  return emptyReply(204)
}
