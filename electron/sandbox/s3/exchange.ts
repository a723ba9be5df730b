import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { readBody } from '../server/body.ts'
import type { SandboxReply, SandboxRequest } from '../server/exchange.ts'
import { escapeXml } from '../server/query-protocol.ts'
import type { Bucket } from './bucket.ts'
import { s3Error } from './s3-error.ts'
import type { S3State } from './state.ts'

/** A request to S3, its address taken apart. */
export interface S3Request {
  state: S3State
  raw: SandboxRequest
  /** Empty when none is named. */
  bucketName: string
  key: string
  query: URLSearchParams
  /** The bucket named; it is there. @throws AwsError `NoSuchBucket` */
  bucket(): Bucket
}

export type S3Operation = (request: S3Request) => SandboxReply | Promise<SandboxReply>

/** DeleteObjects may name 1,000 keys of 1,024 bytes, each escaped. */
const MAX_XML_BYTES = 8 * 1024 * 1024
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  trimValues: false,
  processEntities: true,
  htmlEntities: true,
})

/** Reads an XML body into an object of text; an element that comes once is a text or an object, one that repeats an array. */
export async function readXml(request: SandboxRequest): Promise<{ text: string; root: Record<string, unknown> }> {
  const text = (await readBody(request.body, MAX_XML_BYTES)).toString('utf8')
  if (XMLValidator.validate(text) !== true) throw s3Error('MalformedXML')
  const document = parser.parse(text) as Record<string, unknown>
  const root = Object.entries(document).find(([name]) => !name.startsWith('?'))?.[1]
  return { text, root: root !== null && typeof root === 'object' ? (root as Record<string, unknown>) : {} }
}

/** An element of a parsed document as a list. */
export const listOf = (value: unknown): Record<string, unknown>[] =>
  (Array.isArray(value) ? value : value === undefined || value === '' ? [] : [value]).map(entry =>
    entry !== null && typeof entry === 'object' ? (entry as Record<string, unknown>) : {},
  )

export const element = (name: string, value: string | number | boolean | undefined): string =>
  value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`

export const xmlReply = (root: string, inner: string, status = 200): SandboxReply => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner}</${root}>`,
})

export const emptyReply = (status: number, headers: Record<string, string> = {}): SandboxReply => ({ status, headers })

export const isoTime = (ms: number): string => new Date(ms).toISOString()
export const quoted = (etag: string): string => `"${etag}"`
