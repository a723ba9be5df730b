import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { XMLParser } from 'fast-xml-parser'
import { AwsError } from '../server/aws-error.ts'
import { readBody } from '../server/body.ts'
import type { SandboxReply, SandboxRequest } from '../server/exchange.ts'
import { escapeXml } from '../server/query-protocol.ts'
import { announcedChecksum, checksumMismatch, startChecksum } from './checksum.ts'
import { s3Error } from './s3-error.ts'
import { checkWellFormed, replaceReferences } from './well-formed.ts'

/**
 * DeleteObjects may name 1,000 keys of 1,024 bytes, each byte escaped; CompleteMultipartUpload 10,000 parts with their
 * checksums.
 */
export const MAX_XML_BYTES = 8 * 1024 * 1024
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** References are replaced as they were checked: the parser knows others, too. */
const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  trimValues: false,
  processEntities: false,
  tagValueProcessor: (_name, value) => replaceReferences(value),
})

/**
 * Reads an XML body into an object of text; an element that comes once is a text or an object, one that repeats an
 * array. The root must have the name given.
 * @throws AwsError `MalformedXML`, `MaxMessageLengthExceeded`
 */
export async function readXml(
  request: SandboxRequest,
  rootName: string,
): Promise<{ text: string; root: Record<string, unknown> }> {
  const bytes = await readChecked(request, MAX_XML_BYTES)
  if (!isUtf8(bytes)) throw s3Error('MalformedXML')
  const text = bytes.toString('utf8')
  const document = parse(text)
  if (!Object.hasOwn(document, rootName)) throw s3Error('MalformedXML')
  const root = document[rootName]
  return { text, root: root !== null && typeof root === 'object' ? (root as Record<string, unknown>) : {} }
}

function parse(text: string): Record<string, unknown> {
  try {
    return parser.parse(checkWellFormed(text)) as Record<string, unknown>
  } catch (cause) {
    if (cause instanceof AwsError) throw cause
    // The parser has no class of its own for what it does not take: limits of its own, names that are none.
    throw Object.assign(s3Error('MalformedXML'), { cause })
  }
}

/**
 * The text of an element that may be left out. @throws AwsError `MalformedXML` when there are elements in it, or more
 * than one of it
 */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw s3Error('MalformedXML')
}

/**
 * Reads a whole body as text, and checks it against the checksums that came with it.
 * @throws AwsError `MaxMessageLengthExceeded`, `BadDigest`, `InvalidRequest`
 */
export async function readText(request: SandboxRequest, limitBytes: number): Promise<string> {
  return (await readChecked(request, limitBytes)).toString('utf8')
}

async function readChecked(request: SandboxRequest, limitBytes: number): Promise<Buffer> {
  const { headers } = request
  const bytes = await readLimited(request, limitBytes)
  const sha256 = headers['x-amz-content-sha256'] ?? ''
  if (/^[0-9a-f]{64}$/.test(sha256) && createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw s3Error('XAmzContentSHA256Mismatch')
  const md5 = headers['content-md5']
  if (md5 !== undefined && createHash('md5').update(bytes).digest('base64') !== md5) throw s3Error('BadDigest')
  const announced = announcedChecksum(headers)
  if (announced?.value !== undefined) {
    const running = startChecksum(announced.name)
    running.update(bytes)
    if (running.digest() !== announced.value) throw checksumMismatch(announced.name)
  }
  return bytes
}

async function readLimited(request: SandboxRequest, limitBytes: number): Promise<Buffer> {
  try {
    return await readBody(request, limitBytes)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw s3Error('MaxMessageLengthExceeded', undefined, { fields: { MaxMessageLengthBytes: String(limitBytes) } })
  }
}

/** An element of a parsed document as a list. */
export const listOf = (value: unknown): Record<string, unknown>[] =>
  (Array.isArray(value) ? value : value === undefined || value === '' ? [] : [value]).map(entry =>
    entry !== null && typeof entry === 'object' ? (entry as Record<string, unknown>) : {},
  )

/** `<name>value</name>`, escaped; nothing for what is undefined. */
export const element = (name: string, value: string | number | boolean | undefined): string =>
  value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`

/** A reply of one document; `inner` is XML already. */
export const xmlReply = (root: string, inner: string, headers: Record<string, string> = {}): SandboxReply => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner}</${root}>`,
})

export const isoTime = (ms: number): string => new Date(ms).toISOString()
export const quoted = (etag: string): string => `"${etag}"`
