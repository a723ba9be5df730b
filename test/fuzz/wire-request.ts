import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import * as cborg from 'cborg'
import type { AccessKey } from '../../electron/sandbox/place.ts'
import type { SandboxRequest } from '../../electron/sandbox/server/exchange.ts'
import { canonicalPaths, canonicalRequest } from '../../electron/sandbox/server/signature/canonical-request.ts'
import { createSigningKeys, scopeText, sha256Hex, sign } from '../../electron/sandbox/server/signature/signing-key.ts'
import { changedText, changedValue, type Draw } from './change.ts'
import type { Operation } from './operations.ts'

/** A request as it goes onto the wire. */
export interface WireRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'TRACE']
const HEADERS: readonly [string, string][] = [
  ['content-type', 'text/plain'],
  ['content-type', 'application/x-amz-cbor-1.1'],
  ['content-type', 'application/x-amz-json-1.0'],
  ['content-encoding', 'gzip'],
  ['content-encoding', 'aws-chunked'],
  ['x-amz-decoded-content-length', '5'],
  ['x-amz-decoded-content-length', '-1'],
  ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
  ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
  ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
  ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'],
  ['x-amz-trailer', 'x-amz-checksum-crc32'],
  ['x-amz-checksum-sha256', 'x'],
  ['x-amz-sdk-checksum-algorithm', 'CRC64NVME'],
  ['x-amz-copy-source', '%ff/%'],
  ['x-amz-metadata-directive', 'REPLACE'],
  ['x-amz-tagging', '&&==&a'],
  ['x-amz-mp-object-size', 'x'],
  ['x-amz-object-attributes', ',,'],
  ['x-amz-target', 'Kinesis_20131202.__proto__'],
  ['x-amz-target', '.'],
  ['smithy-protocol', 'rpc-v2-cbor'],
  ['range', 'bytes=5-1'],
  ['range', 'bytes=-0'],
  ['if-match', '*'],
  ['if-unmodified-since', 'yesterday'],
  ['content-md5', 'AAAA'],
  ['host', 'fuzz-bucket.localhost'],
  ['origin', 'https://example.com'],
  ['x-amz-meta-a', '\u00ff'.repeat(3_000)],
  ['accept-encoding', 'gzip'],
]

/** An operation as its client sends it, over JSON, CBOR or a form; mostly with something of it changed. */
export function wireRequest(operation: Operation, draw: Draw): WireRequest {
  const request = unchanged(operation, draw)
  if (draw.chance(0.1)) return request
  if (operation.input === undefined || draw.chance(0.1))
    request.body = Buffer.from(changedText(request.body.toString('latin1'), draw), 'latin1')
  if (draw.chance(0.15)) request.path = asPath(changedText(request.path, draw))
  if (draw.chance(0.05)) request.method = draw.one(METHODS)
  for (let left = draw.chance(0.3) ? 1 + draw.below(3) : 0; left > 0; left--) {
    const [name, value] = draw.one(HEADERS)
    request.headers[name] = value
  }
  if (draw.chance(0.05)) request.body = awsChunked(request.body, draw)
  return request
}

function unchanged(
  { target, input, form, method = 'POST', path = '/', headers = {}, body = '' }: Operation,
  draw: Draw,
): WireRequest {
  if (form) {
    const changed = draw.chance(0.8) ? changedValue(form, draw) : form
    const members = Object.entries(changed !== null && typeof changed === 'object' ? changed : {})
    const pairs = members.map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    ])
    return {
      method,
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: Buffer.from(new URLSearchParams(pairs).toString()),
    }
  }
  if (target === undefined) return { method, path, headers: { ...headers }, body: Buffer.from(body) }
  const value = draw.chance(0.8) ? changedValue(input, draw) : input
  if (draw.chance(0.7))
    return {
      method,
      path,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body: Buffer.from(JSON.stringify(value) ?? ''),
    }
  const bytes = Buffer.from(cborg.encode(value, { ignoreUndefinedProperties: true }))
  const [service, name] = target.split('.')
  return draw.chance(0.5)
    ? { method, path, headers: { 'content-type': 'application/x-amz-cbor-1.1', 'x-amz-target': target }, body: bytes }
    : {
        method,
        path: `/service/${service}/operation/${name}`,
        headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        body: bytes,
      }
}

/** What a client of HTTP can send as a path. */
function asPath(text: string): string {
  const encoded = (char: string) => encodeURIComponent(char.replace(/[\ud800-\udfff]/g, ''))
  return `/${text.replace(/^\/+/, '').replace(/[^\x21-\x7e]/g, encoded)}`
}

function awsChunked(body: Buffer, draw: Draw): Buffer {
  const size = draw.chance(0.7)
    ? body.length.toString(16)
    : draw.one(['', 'x', 'fffffffffffff', '-1', `${body.length}`])
  const signature = draw.chance(0.5) ? `;chunk-signature=${'0'.repeat(64)}` : ''
  const end = draw.one([
    '0\r\n\r\n',
    `0${signature}\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`,
    '',
    '0',
    '0\r\n:\r\n\r\n',
  ])
  return Buffer.concat([Buffer.from(`${size}${signature}\r\n`), body, Buffer.from(`\r\n${end}`)])
}

/** Signs requests by one key, as the sandbox reads them; over HTTP/2 and HTTP/1.1 alike. */
export function createSigner(
  key: AccessKey,
  nowMs: () => number,
): (request: WireRequest, service: string, host: string) => void {
  const signingKey = createSigningKeys(key)
  return (request, service, host) => {
    const time = new Date(nowMs()).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const scope = { date: time.slice(0, 8), region: 'us-east-1', service }
    const { headers, body } = request
    headers.host ??= host
    headers['x-amz-date'] = time
    const hash = sha256Hex(body)
    if (service === 's3') headers['x-amz-content-sha256'] ??= hash
    const names = Object.keys(headers).sort()
    const [path = '/', query = ''] = request.path.split(/\?(.*)/s)
    const seen: SandboxRequest = {
      id: randomUUID(),
      method: request.method,
      path,
      query,
      headers,
      rawHeaders: [],
      body: Readable.from([]),
      signal: new AbortController().signal,
    }
    const [canonicalPath = path] = canonicalPaths(seen, service === 's3')
    const payloadHash = service === 's3' ? (headers['x-amz-content-sha256'] ?? hash) : hash
    const canonical = canonicalRequest(seen, { path: canonicalPath, headers: names, payloadHash })
    const signature = sign(signingKey(scope), `AWS4-HMAC-SHA256\n${time}\n${scopeText(scope)}\n${sha256Hex(canonical)}`)
    headers.authorization =
      `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scopeText(scope)}, SignedHeaders=${names.join(';')}, ` +
      `Signature=${signature}`
  }
}
