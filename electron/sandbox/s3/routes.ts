import { notImplemented } from '../server/aws-error.ts'
import type { S3Operation, S3Request } from './exchange.ts'
import { abortMultipartUpload } from './operations/abort-multipart-upload.ts'
import { getBucketAcl, getObjectAcl } from './operations/acl.ts'
import {
  deleteDocument,
  ENCRYPTION,
  getDocument,
  LIFECYCLE,
  OWNERSHIP,
  POLICY,
  PUBLIC_ACCESS_BLOCK,
  putDocument,
} from './operations/bucket-documents.ts'
import * as settings from './operations/bucket-settings.ts'
import { createBucket, deleteBucket, headBucket, listBuckets } from './operations/buckets.ts'
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts'
import { copyObject } from './operations/copy-object.ts'
import { createMultipartUpload } from './operations/create-multipart-upload.ts'
import { deleteObject } from './operations/delete-object.ts'
import { deleteObjects } from './operations/delete-objects.ts'
import { getObject, headObject } from './operations/get-object.ts'
import { getObjectAttributes } from './operations/get-object-attributes.ts'
import { listMultipartUploads } from './operations/list-multipart-uploads.ts'
import { listObjectVersions } from './operations/list-object-versions.ts'
import { listObjects, listObjectsV2 } from './operations/list-objects.ts'
import { listParts } from './operations/list-parts.ts'
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/object-tagging.ts'
import { putObject } from './operations/put-object.ts'
import { uploadPart, uploadPartCopy } from './operations/upload-part.ts'
import { s3Error } from './s3-error.ts'

interface Route {
  /** Method, what is addressed, then what the query (`?name`, `?name=value`) and the headers must have. */
  on: string
  name: string
  run?: S3Operation
}

/** S3 as the sandbox does it. Of the routes that fit a request, the one that asks for most is meant. */
const DONE: Route[] = [
  { on: 'GET service', name: 'ListBuckets', run: listBuckets },
  { on: 'PUT bucket', name: 'CreateBucket', run: createBucket },
  { on: 'HEAD bucket', name: 'HeadBucket', run: headBucket },
  { on: 'DELETE bucket', name: 'DeleteBucket', run: deleteBucket },
  { on: 'GET bucket ?location', name: 'GetBucketLocation', run: settings.getBucketLocation },
  { on: 'GET bucket ?versioning', name: 'GetBucketVersioning', run: settings.getBucketVersioning },
  { on: 'PUT bucket ?versioning', name: 'PutBucketVersioning', run: settings.putBucketVersioning },
  { on: 'GET bucket ?tagging', name: 'GetBucketTagging', run: settings.getBucketTagging },
  { on: 'PUT bucket ?tagging', name: 'PutBucketTagging', run: settings.putBucketTagging },
  { on: 'DELETE bucket ?tagging', name: 'DeleteBucketTagging', run: settings.deleteBucketTagging },
  { on: 'GET bucket ?acl', name: 'GetBucketAcl', run: getBucketAcl },
  { on: 'GET bucket ?policy', name: 'GetBucketPolicy', run: getDocument(POLICY) },
  { on: 'PUT bucket ?policy', name: 'PutBucketPolicy', run: putDocument(POLICY) },
  { on: 'DELETE bucket ?policy', name: 'DeleteBucketPolicy', run: deleteDocument(POLICY) },
  { on: 'GET bucket ?lifecycle', name: 'GetBucketLifecycleConfiguration', run: getDocument(LIFECYCLE) },
  { on: 'PUT bucket ?lifecycle', name: 'PutBucketLifecycleConfiguration', run: putDocument(LIFECYCLE) },
  { on: 'DELETE bucket ?lifecycle', name: 'DeleteBucketLifecycle', run: deleteDocument(LIFECYCLE) },
  { on: 'GET bucket ?publicAccessBlock', name: 'GetPublicAccessBlock', run: getDocument(PUBLIC_ACCESS_BLOCK) },
  { on: 'PUT bucket ?publicAccessBlock', name: 'PutPublicAccessBlock', run: putDocument(PUBLIC_ACCESS_BLOCK) },
  { on: 'DELETE bucket ?publicAccessBlock', name: 'DeletePublicAccessBlock', run: deleteDocument(PUBLIC_ACCESS_BLOCK) },
  { on: 'GET bucket ?encryption', name: 'GetBucketEncryption', run: getDocument(ENCRYPTION) },
  { on: 'PUT bucket ?encryption', name: 'PutBucketEncryption', run: putDocument(ENCRYPTION) },
  { on: 'DELETE bucket ?encryption', name: 'DeleteBucketEncryption', run: deleteDocument(ENCRYPTION) },
  { on: 'GET bucket ?ownershipControls', name: 'GetBucketOwnershipControls', run: getDocument(OWNERSHIP) },
  { on: 'PUT bucket ?ownershipControls', name: 'PutBucketOwnershipControls', run: putDocument(OWNERSHIP) },
  { on: 'DELETE bucket ?ownershipControls', name: 'DeleteBucketOwnershipControls', run: deleteDocument(OWNERSHIP) },
  { on: 'GET bucket', name: 'ListObjects', run: listObjects },
  { on: 'GET bucket ?list-type=2', name: 'ListObjectsV2', run: listObjectsV2 },
  { on: 'GET bucket ?versions', name: 'ListObjectVersions', run: listObjectVersions },
  { on: 'GET bucket ?uploads', name: 'ListMultipartUploads', run: listMultipartUploads },
  { on: 'POST bucket ?delete', name: 'DeleteObjects', run: deleteObjects },
  { on: 'PUT object', name: 'PutObject', run: putObject },
  { on: 'PUT object x-amz-copy-source', name: 'CopyObject', run: copyObject },
  { on: 'GET object', name: 'GetObject', run: getObject },
  { on: 'HEAD object', name: 'HeadObject', run: headObject },
  { on: 'DELETE object', name: 'DeleteObject', run: deleteObject },
  { on: 'GET object ?acl', name: 'GetObjectAcl', run: getObjectAcl },
  { on: 'GET object ?attributes', name: 'GetObjectAttributes', run: getObjectAttributes },
  { on: 'GET object ?tagging', name: 'GetObjectTagging', run: getObjectTagging },
  { on: 'PUT object ?tagging', name: 'PutObjectTagging', run: putObjectTagging },
  { on: 'DELETE object ?tagging', name: 'DeleteObjectTagging', run: deleteObjectTagging },
  { on: 'POST object ?uploads', name: 'CreateMultipartUpload', run: createMultipartUpload },
  { on: 'PUT object ?uploadId', name: 'UploadPart', run: uploadPart },
  { on: 'PUT object ?uploadId x-amz-copy-source', name: 'UploadPartCopy', run: uploadPartCopy },
  { on: 'GET object ?uploadId', name: 'ListParts', run: listParts },
  { on: 'POST object ?uploadId', name: 'CompleteMultipartUpload', run: completeMultipartUpload },
  { on: 'DELETE object ?uploadId', name: 'AbortMultipartUpload', run: abortMultipartUpload },
]

/** What the model of S3 has besides: these answer 501 with their name. */
const NOT_DONE: Route[] = [
  { on: 'POST bucket', name: 'PostObject' },
  { on: 'POST bucket ?metadataConfiguration', name: 'CreateBucketMetadataConfiguration' },
  { on: 'POST bucket ?metadataTable', name: 'CreateBucketMetadataTableConfiguration' },
  { on: 'GET bucket ?session', name: 'CreateSession' },
  { on: 'GET bucket ?policyStatus', name: 'GetBucketPolicyStatus' },
  { on: 'PUT bucket ?acl', name: 'PutBucketAcl' },
  { on: 'PUT object ?acl', name: 'PutObjectAcl' },
  { on: 'GET object ?torrent', name: 'GetObjectTorrent' },
  { on: 'POST object ?restore', name: 'RestoreObject' },
  { on: 'POST object ?select', name: 'SelectObjectContent' },
  { on: 'PUT object ?renameObject', name: 'RenameObject' },
  { on: 'PUT object ?encryption', name: 'UpdateObjectEncryption' },
  ...settingsNotDone('object', [
    'annotation:ObjectAnnotation',
    'legal-hold:ObjectLegalHold',
    'retention:ObjectRetention',
  ]),
  ...settingsNotDone('bucket', [
    'abac:BucketAbac',
    'accelerate:BucketAccelerateConfiguration',
    'analytics:BucketAnalyticsConfiguration',
    'cors:BucketCors',
    'intelligent-tiering:BucketIntelligentTieringConfiguration',
    'inventory:BucketInventoryConfiguration',
    'logging:BucketLogging',
    'metadataConfiguration:BucketMetadataConfiguration',
    'metadataTable:BucketMetadataTableConfiguration',
    'metrics:BucketMetricsConfiguration',
    'notification:BucketNotificationConfiguration',
    'object-lock:ObjectLockConfiguration',
    'replication:BucketReplication',
    'requestPayment:BucketRequestPayment',
    'website:BucketWebsite',
  ]),
]

function settingsNotDone(resource: string, settings: readonly string[]): Route[] {
  return settings.flatMap(setting => {
    const [subresource, name] = setting.split(':')
    return [
      { on: `GET ${resource} ?${subresource}`, name: `Get${name}` },
      { on: `PUT ${resource} ?${subresource}`, name: `Put${name}` },
      { on: `DELETE ${resource} ?${subresource}`, name: `Delete${name}` },
    ]
  })
}

interface Fitting extends Route {
  fits: ((request: S3Request) => boolean)[]
}

const byTarget = new Map<string, Fitting[]>()
for (const route of [...DONE, ...NOT_DONE]) {
  const [method, resource, ...conditions] = route.on.split(' ')
  const known = byTarget.get(`${method} ${resource}`) ?? []
  known.push({ ...route, fits: conditions.map(condition) })
  byTarget.set(
    `${method} ${resource}`,
    known.sort((a, b) => b.fits.length - a.fits.length),
  )
}

function condition(text: string): (request: S3Request) => boolean {
  if (!text.startsWith('?')) return ({ headers }) => headers[text] !== undefined
  const [name = '', value] = text.slice(1).split('=')
  return ({ query }) => (value === undefined ? query.has(name) : query.get(name) === value)
}

/** The operation that a request means. @throws AwsError `NotImplemented` (501) with its name; `MethodNotAllowed` */
export function operationOf(request: S3Request): S3Operation {
  const { raw, bucketName, key } = request
  const resource = bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object'
  const route = byTarget.get(`${raw.method} ${resource}`)?.find(({ fits }) => fits.every(holds => holds(request)))
  if (!route)
    throw s3Error('MethodNotAllowed', undefined, {
      fields: { Method: raw.method, ResourceType: resource.toUpperCase() },
    })
  if (!route.run) throw notImplemented('s3', route.name)
  return route.run
}
