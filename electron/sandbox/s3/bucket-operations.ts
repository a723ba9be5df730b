import { readBody } from '../server/body.ts'
import { element, emptyReply, isoTime, listOf, readXml, type S3Operation, xmlReply } from './exchange.ts'
import { s3Error } from './s3-error.ts'

/** User Guide, "Bucket naming rules": 3 to 63 of lower-case letters, digits, dots and hyphens; not an IP address. */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

export const createBucket: S3Operation = async ({ state, raw, bucketName }) => {
  if (!BUCKET_NAME.test(bucketName)) throw s3Error('InvalidBucketName')
  if (Number(raw.headers['content-length'] ?? 0) > 0) await readXml(raw)
  // In us-east-1 creating one's own bucket again is not an error (API reference, CreateBucket, BucketAlreadyOwnedByYou).
  if (!state.buckets.has(bucketName)) state.createBucket(bucketName)
  return emptyReply(200, { location: `/${bucketName}` })
}

export const deleteBucket: S3Operation = request => {
  const bucket = request.bucket()
  if (!bucket.isEmpty()) throw s3Error('BucketNotEmpty')
  request.state.deleteBucket(bucket)
  return emptyReply(204)
}

export const headBucket: S3Operation = request => {
  request.bucket()
  return emptyReply(200, { 'x-amz-bucket-region': request.state.options.region })
}

export const listBuckets: S3Operation = ({ state, query }) => {
  const prefix = query.get('prefix') ?? ''
  const after = query.get('continuation-token') ?? ''
  const max = Number(query.get('max-buckets') ?? 10_000)
  const names = [...state.buckets.keys()].sort().filter(name => name.startsWith(prefix) && name > after)
  const page = names.slice(0, max)
  const buckets = page.map(
    name =>
      `<Bucket>${element('Name', name)}${element('CreationDate', isoTime(state.buckets.get(name)?.settings.createdMs ?? 0))}</Bucket>`,
  )
  return xmlReply(
    'ListAllMyBucketsResult',
    `<Owner>${element('ID', state.options.account)}</Owner><Buckets>${buckets.join('')}</Buckets>${element('ContinuationToken', names.length > page.length ? page.at(-1) : undefined)}`,
  )
}

/** The empty element is us-east-1. */
export const getLocation: S3Operation = request => {
  request.bucket()
  const { region } = request.state.options
  return xmlReply('LocationConstraint', region === 'us-east-1' ? '' : region)
}

export const getVersioning: S3Operation = request => {
  const { versioning } = request.bucket().settings
  return xmlReply('VersioningConfiguration', versioning === 'Off' ? '' : element('Status', versioning))
}

export const putVersioning: S3Operation = async request => {
  const bucket = request.bucket()
  const { Status } = (await readXml(request.raw)).root
  if (Status !== 'Enabled' && Status !== 'Suspended') throw s3Error('MalformedXML')
  bucket.settings.versioning = Status
  bucket.saveSettings()
  return emptyReply(200)
}

export const getBucketTagging: S3Operation = request => {
  const { tags } = request.bucket().settings
  if (!tags) throw s3Error('NoSuchTagSet')
  return xmlReply('Tagging', tagSetXml(tags))
}

export const putBucketTagging: S3Operation = async request => {
  const bucket = request.bucket()
  bucket.settings.tags = readTagSet((await readXml(request.raw)).root)
  bucket.saveSettings()
  return emptyReply(204)
}

export const deleteBucketTagging: S3Operation = request => {
  const bucket = request.bucket()
  delete bucket.settings.tags
  bucket.saveSettings()
  return emptyReply(204)
}

export const tagSetXml = (tags: Record<string, string>): string =>
  `<TagSet>${Object.entries(tags)
    .map(([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`)
    .join('')}</TagSet>`

export function readTagSet(root: Record<string, unknown>): Record<string, string> {
  const [set] = listOf(root.TagSet)
  return Object.fromEntries(listOf(set?.Tag).map(tag => [String(tag.Key ?? ''), String(tag.Value ?? '')]))
}

export const getAcl: S3Operation = request => {
  request.bucket()
  const owner = element('ID', request.state.options.account)
  return xmlReply(
    'AccessControlPolicy',
    `<Owner>${owner}</Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${owner}</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>`,
  )
}

/** Configurations that the sandbox keeps and gives back and does not act on. What S3 answers when there is none differs. */
const DOCUMENTS = {
  policy: { status: 204, missing: () => s3Error('NoSuchBucketPolicy'), type: 'application/json' },
  lifecycle: { status: 200, missing: () => s3Error('NoSuchLifecycleConfiguration'), type: 'application/xml' },
  publicAccessBlock: { status: 200, missing: () => s3Error('NoSuchPublicAccessBlockConfiguration'), type: 'application/xml' },
  /** S3 encrypts everything since 2023, with its own keys unless told otherwise. */
  encryption: {
    status: 200,
    missing: () =>
      xmlReply(
        'ServerSideEncryptionConfiguration',
        '<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>',
      ),
    type: 'application/xml',
  },
} as const
export type DocumentName = keyof typeof DOCUMENTS
export const DOCUMENT_NAMES = Object.keys(DOCUMENTS) as DocumentName[]

export const getDocument =
  (name: DocumentName): S3Operation =>
  request => {
    const text = request.bucket().settings.documents[name]
    if (text !== undefined) return { status: 200, headers: { 'content-type': DOCUMENTS[name].type }, body: text }
    const missing = DOCUMENTS[name].missing()
    if (missing instanceof Error) throw missing
    return missing
  }

export const putDocument =
  (name: DocumentName): S3Operation =>
  async request => {
    const bucket = request.bucket()
    const text =
      name === 'policy' ? (await readBody(request.raw.body, 20 * 1024)).toString('utf8') : (await readXml(request.raw)).text
    bucket.settings.documents[name] = text
    bucket.saveSettings()
    return emptyReply(DOCUMENTS[name].status)
  }

export const deleteDocument =
  (name: DocumentName): S3Operation =>
  request => {
    const bucket = request.bucket()
    delete bucket.settings.documents[name]
    bucket.saveSettings()
    return emptyReply(204)
  }
