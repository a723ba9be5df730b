import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { AwsError, notImplemented } from '../server/aws-error.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from '../server/exchange.ts'
import type { Version } from './bucket.ts'
import * as buckets from './bucket-operations.ts'
import { element, type S3Operation, type S3Request } from './exchange.ts'
import * as lists from './list-operations.ts'
import * as multipart from './multipart-operations.ts'
import * as objects from './object-operations.ts'
import { newVersionId } from './object-operations.ts'
import type { ObjectStore } from './object-store.ts'
import { s3Error } from './s3-error.ts'
import { openState, type S3Options, type S3State } from './state.ts'

/** Opens S3 on its folder: the service on the wire, and its objects for the services beside it. */
export async function openS3(options: S3Options): Promise<{ service: SandboxService; objects: ObjectStore }> {
  const state = openState(options)
  return { service: { signingName: 's3', handle: request => handle(state, request) }, objects: objectStore(state) }
}

/** Subresources of a bucket and of an object, each with what its methods do: the table of what is implemented. */
const BUCKET_SUBRESOURCES: Record<string, Record<string, S3Operation>> = {
  location: { GET: buckets.getLocation },
  versioning: { GET: buckets.getVersioning, PUT: buckets.putVersioning },
  versions: { GET: lists.listObjectVersions },
  tagging: { GET: buckets.getBucketTagging, PUT: buckets.putBucketTagging, DELETE: buckets.deleteBucketTagging },
  acl: { GET: buckets.getAcl },
  uploads: { GET: multipart.listMultipartUploads },
  delete: { POST: objects.deleteObjects },
  ...Object.fromEntries(
    buckets.DOCUMENT_NAMES.map(name => [
      name,
      { GET: buckets.getDocument(name), PUT: buckets.putDocument(name), DELETE: buckets.deleteDocument(name) },
    ]),
  ),
}
const OBJECT_SUBRESOURCES: Record<string, Record<string, S3Operation>> = {
  uploads: { POST: multipart.createMultipartUpload },
  tagging: { GET: objects.getObjectTagging, PUT: objects.putObjectTagging, DELETE: objects.deleteObjectTagging },
  acl: { GET: objects.getObjectAcl },
}
const UPLOAD: Record<string, S3Operation> = {
  GET: multipart.listParts,
  PUT: multipart.uploadPart,
  POST: multipart.completeMultipartUpload,
  DELETE: multipart.abortMultipartUpload,
}
const BUCKET: Record<string, S3Operation> = {
  GET: request => (request.query.get('list-type') === '2' ? lists.listObjectsV2(request) : lists.listObjects(request)),
  PUT: buckets.createBucket,
  HEAD: buckets.headBucket,
  DELETE: buckets.deleteBucket,
}
const OBJECT: Record<string, S3Operation> = {
  GET: objects.getObject,
  HEAD: objects.headObject,
  PUT: request => (request.raw.headers['x-amz-copy-source'] ? objects.copyObject(request) : objects.putObject(request)),
  DELETE: objects.deleteObject,
}
/** Query parameters that name a subresource of S3's; one that is none of the above is an operation that the sandbox does not do. */
const KNOWN_SUBRESOURCES =
  /^(accelerate|analytics|attributes|cors|intelligent-tiering|inventory|legal-hold|logging|metadataTable|metrics|notification|object-lock|ownershipControls|policyStatus|replication|requestPayment|restore|retention|select|session|torrent|website)$/

function operationOf(request: S3Request): S3Operation {
  const { query, raw, bucketName, key } = request
  if (bucketName === '') {
    if (raw.method === 'GET') return buckets.listBuckets
    throw s3Error('MethodNotAllowed')
  }
  const table = key === '' ? BUCKET_SUBRESOURCES : OBJECT_SUBRESOURCES
  for (const name of query.keys()) {
    if (KNOWN_SUBRESOURCES.test(name)) throw notImplemented('s3', `${raw.method} ?${name}`)
    const methods = table[name]
    if (!methods) continue
    const found = methods[raw.method]
    if (found) return found
    throw notImplemented('s3', `${raw.method} ?${name}`)
  }
  if (key !== '' && query.has('uploadId')) {
    if (raw.method === 'PUT' && raw.headers['x-amz-copy-source']) return multipart.uploadPartCopy
    return UPLOAD[raw.method] ?? refuse()
  }
  return (key === '' ? BUCKET : OBJECT)[raw.method] ?? refuse()
}

function refuse(): never {
  throw s3Error('MethodNotAllowed')
}

async function handle(state: S3State, raw: SandboxRequest): Promise<SandboxReply> {
  const common = { 'x-amz-request-id': raw.id, 'x-amz-id-2': raw.id }
  try {
    const request = takeApart(state, raw)
    checkPresigned(request)
    const reply = await operationOf(request)(request)
    return { ...reply, headers: { ...common, ...reply.headers } }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.status === 304 || raw.method === 'HEAD') return { status: error.status, headers: common }
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${element('Code', error.code)}${element('Message', error.message)}${element('Resource', raw.path)}${element('RequestId', raw.id)}</Error>`
    return { status: error.status, headers: { ...common, 'content-type': 'application/xml' }, body }
  }
}

/** Bucket and key, from `/bucket/key` or from `bucket.localhost`. The key is every byte behind the first slash, percent-decoded. */
function takeApart(state: S3State, raw: SandboxRequest): S3Request {
  const virtual = /^(.+)\.localhost(:\d+)?$/.exec(raw.headers.host ?? '')?.[1]
  const path = raw.path.replace(/^\//, '')
  const slash = path.indexOf('/')
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text)
    } catch (cause) {
      throw Object.assign(s3Error('InvalidArgument', "Couldn't parse the specified URI."), { cause })
    }
  }
  const bucketName = virtual ?? decode(slash < 0 ? path : path.slice(0, slash))
  const key = virtual === undefined ? (slash < 0 ? '' : decode(path.slice(slash + 1))) : decode(path)
  return {
    state,
    raw,
    bucketName,
    key,
    query: new URLSearchParams(raw.query.replaceAll('+', '%2B')),
    bucket() {
      const bucket = state.buckets.get(bucketName)
      if (!bucket) throw s3Error('NoSuchBucket')
      return bucket
    },
  }
}

/** A presigned address is good for as long as it says; its signature is not checked. */
function checkPresigned({ query, state }: S3Request): void {
  const expires = query.get('X-Amz-Expires')
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '')
  if (expires === null || !date) return
  const [year = 0, month = 1, ...rest] = date.slice(1).map(Number)
  if (Date.UTC(year, month - 1, ...rest) + Number(expires) * 1000 < state.options.now())
    throw s3Error('AccessDenied', 'Request has expired')
}

/** The same objects for COPY, UNLOAD and step logs. */
function objectStore(state: S3State): ObjectStore {
  return {
    hasBucket: bucket => state.buckets.has(bucket),
    async list(bucketName, prefix) {
      const bucket = state.buckets.get(bucketName)
      return (bucket?.sortedKeys() ?? [])
        .filter(key => key.startsWith(prefix))
        .flatMap(key => {
          const version = bucket?.current(key)
          return version ? [{ key, sizeBytes: version.sizeBytes }] : []
        })
    },
    async locate(bucketName, key) {
      const bucket = state.buckets.get(bucketName)
      const version = bucket?.current(key)
      return bucket && version?.file
        ? { path: bucket.pathOf(version.file), sizeBytes: version.sizeBytes, etag: version.etag }
        : undefined
    },
    async put(bucketName, key, body, contentType = 'binary/octet-stream') {
      const bucket = state.buckets.get(bucketName)
      if (!bucket) throw s3Error('NoSuchBucket')
      const target = bucket.newFile()
      if (body instanceof Uint8Array) await writeFile(target.path, body)
      else await move(body.file, target.path)
      const nowMs = state.options.now()
      const md5 = createHash('md5')
      for await (const chunk of createReadStream(target.path)) md5.update(chunk as Buffer)
      const version: Version = {
        key,
        versionId: newVersionId(bucket, nowMs),
        file: target.name,
        sizeBytes: (await stat(target.path)).size,
        etag: md5.digest('hex'),
        modifiedMs: nowMs,
        headers: { 'content-type': contentType },
        metadata: {},
        tags: {},
      }
      bucket.add(version)
    },
    async delete(bucketName, key) {
      state.buckets.get(bucketName)?.remove(key, 'null')
    },
  }
}

/** Renames, or copies where the two places are on different file systems. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    await copyFile(from, to)
    await rm(from)
  }
}
