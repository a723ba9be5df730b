import type { SandboxRequest } from '../server/exchange.ts'
import { isBucketName } from './bucket-name.ts'
import type { S3Request } from './exchange.ts'
import { s3Error } from './s3-error.ts'
import type { S3State } from './state.ts'

/**
 * Takes a request's address apart: bucket and key, from `/bucket/key` or from `bucket.localhost`. The key is every byte behind the slash,
 * percent-decoded once; dots and empty segments mean nothing.
 * @throws AwsError `InvalidURI` when it does not decode to UTF-8
 */
export function takeApart(state: S3State, raw: SandboxRequest): S3Request {
  const virtual = /^(.+)\.localhost(?::\d+)?$/.exec(raw.headers.host ?? '')?.[1]
  const path = raw.path.replace(/^\//, '')
  const slash = path.indexOf('/')
  const named = slash < 0 ? { bucket: path, key: '' } : { bucket: path.slice(0, slash), key: path.slice(slash + 1) }
  const bucketName = virtual ?? decode(named.bucket)
  const query = new URLSearchParams(raw.query)
  return {
    state,
    raw,
    headers: query.has('X-Amz-Signature') ? { ...hoisted(query), ...raw.headers } : raw.headers,
    query,
    bucketName,
    key: decode(virtual === undefined ? named.key : path),
    bucket() {
      const bucket = state.buckets.get(bucketName)
      if (bucket) return bucket
      if (!isBucketName(bucketName)) throw s3Error('InvalidBucketName', undefined, { fields: { BucketName: bucketName } })
      throw s3Error('NoSuchBucket', undefined, { fields: { BucketName: bucketName } })
    },
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw Object.assign(s3Error('InvalidURI', undefined, { fields: { URI: text } }), { cause })
  }
}

/** Signing an address moves the `x-amz-` headers of the request into its query; they count as if they had been sent. */
const hoisted = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...query].filter(([name]) => /^x-amz-(?!algorithm$|credential$|date$|expires$|signature$|signedheaders$)/.test(name)),
  )
