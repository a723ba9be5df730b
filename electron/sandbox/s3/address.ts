import type { SandboxRequest } from '../server/exchange.ts'
import { isBucketName } from './bucket-name.ts'
import type { S3Request } from './exchange.ts'
import { invalidArgument, s3Error } from './s3-error.ts'
import type { S3State } from './state.ts'

/**
 * Takes a request's address apart: bucket and key, from `/bucket/key` or from `bucket.localhost`. The key is every byte
 * behind the slash, percent-decoded once; dots and empty segments mean nothing.
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
      if (!isBucketName(bucketName))
        throw s3Error('InvalidBucketName', undefined, { fields: { BucketName: bucketName } })
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

/** What a header may hold (RFC 9110, 5.5), as Node has it. */
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const HEADER_NAME =
  /^x-amz-(?!algorithm$|credential$|date$|expires$|signature$|signedheaders$)[!#$%&'*+.^_`|~0-9a-z-]+$/

/**
 * Signing an address moves the `x-amz-` headers of the request into its query; they count as if they had been sent.
 * @throws AwsError `InvalidArgument` when one could not have been
 */
function hoisted(query: URLSearchParams): Record<string, string> {
  const found = [...query].filter(([name]) => HEADER_NAME.test(name))
  for (const [name, value] of found)
    if (!HEADER_VALUE.test(value)) throw invalidArgument('Header value cannot be represented', name, value)
  return Object.fromEntries(found)
}
