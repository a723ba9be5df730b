import { createHmac } from 'node:crypto'
import type { SandboxRequest } from '../exchange.ts'

/*
 * Presigned addresses of Signature Version 2, which boto3 still makes for S3 in us-east-1 (S3 User Guide, "Signing and
 * authenticating REST requests", query string request authentication).
 */

/** Parameters that name another resource, or another answer. */
const SUBRESOURCES = new Set(
  `accelerate acl analytics cors delete inventory lifecycle location logging metrics notification object-lock
  partNumber policy replication requestPayment response-cache-control response-content-disposition
  response-content-encoding response-content-language response-content-type response-expires restore select
  select-type storageClass tagging torrent uploadId uploads versionId versioning versions website`.split(/\s+/),
)

/** The signature that a presigned address must have, in base64. */
export function version2Signature(
  request: SandboxRequest,
  secretAccessKey: string,
): { stringToSign: string; signature: string } {
  const { method, path, headers } = request
  const query = new URLSearchParams(request.query)
  // Headers that the address was signed with come in its query, or are sent as they were.
  const header = (name: string) => query.get(name) ?? headers[name] ?? ''
  const names = [...Object.keys(headers), ...query.keys()].filter(name => /^x-amz-(?!date$)/.test(name))
  const amzHeaders = [...new Set(names)].sort().map(name => `${name}:${header(name).trim()}\n`)
  const subresources = [...query]
    .filter(([name]) => SUBRESOURCES.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
  const bucket = /^(.+)\.localhost(?::\d+)?$/.exec(headers.host ?? '')?.[1]
  const asked = subresources.length > 0 ? `?${subresources.join('&')}` : ''
  const resource = `${bucket === undefined ? '' : `/${bucket}`}${path}${asked}`
  const stringToSign = [
    method,
    header('content-md5'),
    header('content-type'),
    query.get('Expires') ?? '',
    `${amzHeaders.join('')}${resource}`,
  ].join('\n')
  return { stringToSign, signature: createHmac('sha1', secretAccessKey).update(stringToSign).digest('base64') }
}
