import type { AwsError } from '../../server/aws-error.ts'
import type { Settings } from '../bucket.ts'
import { emptyReply, type S3Operation, type S3Request } from '../exchange.ts'
import { s3Error } from '../s3-error.ts'
import { isEncryption } from '../settings/encryption.ts'
import { checkLifecycle } from '../settings/lifecycle.ts'
import { isOwnership } from '../settings/ownership.ts'
import { readPolicy, refusePublic } from '../settings/policy.ts'
import { readXml } from '../xml.ts'

/**
 * A configuration of a bucket that is checked, kept and given back as it came; the sandbox does not act on it, but for
 * the public access block, which refuses a public policy.
 * `initial` is what a bucket has before it is set; after a delete `missing` is answered.
 */
interface Kind {
  name: string
  putStatus: 200 | 204
  contentType: string
  read: (request: S3Request) => Promise<string>
  /** @throws AwsError where what the bucket is set to does not allow it */
  refuse?: (text: string, settings: Settings) => void
  initial?: string
  missing?: () => AwsError
}

const xmlDocument =
  (root: string, isComplete: (root: Record<string, unknown>) => boolean): Kind['read'] =>
  async request => {
    const document = await readXml(request.raw, root)
    if (!isComplete(document.root)) throw s3Error('MalformedXML')
    return document.text
  }

export const POLICY: Kind = {
  name: 'policy',
  putStatus: 204,
  contentType: 'application/json',
  read: readPolicy,
  refuse: refusePublic,
  missing: () => s3Error('NoSuchBucketPolicy'),
}

export const LIFECYCLE: Kind = {
  name: 'lifecycle',
  putStatus: 200,
  contentType: 'application/xml',
  read: xmlDocument('LifecycleConfiguration', checkLifecycle),
  missing: () => s3Error('NoSuchLifecycleConfiguration'),
}

/** All four are on since April 2023. */
export const PUBLIC_ACCESS_BLOCK: Kind = {
  name: 'publicAccessBlock',
  putStatus: 200,
  contentType: 'application/xml',
  read: xmlDocument('PublicAccessBlockConfiguration', () => true),
  initial:
    `<?xml version="1.0" encoding="UTF-8"?>\n<PublicAccessBlockConfiguration ` +
    'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><BlockPublicAcls>true</BlockPublicAcls>' +
    '<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>' +
    '<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>',
  missing: () => s3Error('NoSuchPublicAccessBlockConfiguration'),
}

/** ACLs are off since April 2023. */
export const OWNERSHIP: Kind = {
  name: 'ownershipControls',
  putStatus: 200,
  contentType: 'application/xml',
  read: xmlDocument('OwnershipControls', isOwnership),
  initial:
    `<?xml version="1.0" encoding="UTF-8"?>\n<OwnershipControls xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
    '<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>',
  missing: () => s3Error('OwnershipControlsNotFoundError'),
}

/** S3 encrypts everything since January 2023; taking the configuration away gives this one. */
export const ENCRYPTION: Kind = {
  name: 'encryption',
  putStatus: 200,
  contentType: 'application/xml',
  read: xmlDocument('ServerSideEncryptionConfiguration', isEncryption),
  initial:
    `<?xml version="1.0" encoding="UTF-8"?>\n<ServerSideEncryptionConfiguration ` +
    'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault>' +
    '<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>' +
    '<BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>',
}

export const getDocument =
  (kind: Kind): S3Operation =>
  request => {
    // An empty text stands for a configuration that was taken away.
    const text = request.bucket().settings.documents[kind.name] ?? kind.initial ?? ''
    if (text !== '') return { status: 200, headers: { 'content-type': kind.contentType }, body: text }
    throw Object.assign(kind.missing?.() ?? s3Error('MethodNotAllowed'), { fields: { BucketName: request.bucketName } })
  }

export const putDocument =
  (kind: Kind): S3Operation =>
  async request => {
    request.bucket()
    const text = await kind.read(request)
    const bucket = request.bucket()
    kind.refuse?.(text, bucket.settings)
    bucket.settings.documents[kind.name] = text
    bucket.saveSettings()
    return emptyReply(kind.putStatus)
  }

export const deleteDocument =
  (kind: Kind): S3Operation =>
  request => {
    const bucket = request.bucket()
    if (kind.missing) bucket.settings.documents[kind.name] = ''
    else delete bucket.settings.documents[kind.name]
    bucket.saveSettings()
    return emptyReply(204)
  }
