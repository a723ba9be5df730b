import { notImplemented } from '../../server/aws-error.ts'
import { isBucketName } from '../bucket-name.ts'
import { emptyReply, owner, type S3Operation } from '../exchange.ts'
import { invalidArgument, s3Error } from '../s3-error.ts'
import { element, isoTime, readXml, textOf, xmlReply } from '../xml.ts'

export const createBucket: S3Operation = async ({ state, raw, headers, bucketName }) => {
  const { region } = state.options
  if (!isBucketName(bucketName)) throw s3Error('InvalidBucketName', undefined, { fields: { BucketName: bucketName } })
  if (headers['x-amz-bucket-object-lock-enabled'] === 'true')
    throw notImplemented('s3', 'CreateBucket with Object Lock')
  const hasBody = Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined
  const { LocationConstraint: constraint } = hasBody ? (await readXml(raw, 'CreateBucketConfiguration')).root : {}
  checkLocation(textOf(constraint), region)
  if (state.buckets.has(bucketName)) {
    // In us-east-1 creating one's own bucket again is not an error (API reference, CreateBucket,
    // BucketAlreadyOwnedByYou).
    if (region !== 'us-east-1')
      throw s3Error('BucketAlreadyOwnedByYou', undefined, { fields: { BucketName: bucketName } })
  } else {
    state.createBucket(bucketName)
  }
  return emptyReply(200, { location: `/${bucketName}` })
}

/** A bucket is made where the request goes to; us-east-1 is the one region that must not be named. */
function checkLocation(constraint: string | undefined, region: string): void {
  if (constraint === 'us-east-1')
    throw s3Error('InvalidLocationConstraint', undefined, { fields: { LocationConstraint: constraint } })
  if ((constraint ?? 'us-east-1') === region) return
  const named = constraint ?? 'unspecified'
  const endpoint = 'the region specific endpoint this request was sent to'
  const message = `The ${named} location constraint is incompatible for ${endpoint}.`
  throw s3Error('IllegalLocationConstraintException', message)
}

export const deleteBucket: S3Operation = request => {
  const bucket = request.bucket()
  if (!bucket.isEmpty()) {
    const message =
      bucket.settings.versioning === 'Off'
        ? undefined
        : `The bucket you tried to delete is not empty. You must delete all versions in the bucket.`
    throw s3Error('BucketNotEmpty', message, { fields: { BucketName: request.bucketName } })
  }
  request.state.deleteBucket(bucket)
  return emptyReply(204)
}

export const headBucket: S3Operation = request => {
  request.bucket()
  return emptyReply(200, { 'x-amz-bucket-region': request.state.options.region, 'x-amz-access-point-alias': 'false' })
}

/** The token of a page is its last name, in base64. */
export const listBuckets: S3Operation = request => {
  const { state, query } = request
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token')
  const after = token === null ? '' : Buffer.from(token, 'base64url').toString('utf8')
  const max = Number(query.get('max-buckets') ?? 10_000)
  if (!Number.isInteger(max) || max < 1 || max > 10_000)
    throw invalidArgument(
      'Argument max-buckets must be an integer between 1 and 10000',
      'max-buckets',
      String(query.get('max-buckets')),
    )
  const region = query.get('bucket-region') ?? state.options.region
  const rest = [...state.buckets.values()]
    .map(bucket => bucket.settings)
    .filter(({ name }) => name.startsWith(prefix) && name > after && region === state.options.region)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const page = rest.slice(0, max)
  const bucketRegion = query.has('max-buckets') ? element('BucketRegion', state.options.region) : ''
  const buckets = page.map(
    ({ name, createdMs }) =>
      `<Bucket>${element('Name', name)}${element('CreationDate', isoTime(createdMs))}${bucketRegion}</Bucket>`,
  )
  return xmlReply(
    'ListAllMyBucketsResult',
    [
      owner(request),
      `<Buckets>${buckets.join('')}</Buckets>`,
      element('Prefix', prefix || undefined),
      rest.length > page.length
        ? element('ContinuationToken', Buffer.from(page.at(-1)?.name ?? '').toString('base64url'))
        : '',
    ].join(''),
  )
}
