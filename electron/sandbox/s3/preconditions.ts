import { validators } from './object-headers.ts'
import { s3Error } from './s3-error.ts'
import type { Version } from './version.ts'

type Headers = Readonly<Record<string, string>>

const names = (header: string, etag: string): boolean =>
  header.split(',').some(entry => entry.trim() === '*' || entry.trim().replace(/^W\//, '').replaceAll('"', '') === etag)

const failed = (condition: string) => s3Error('PreconditionFailed', undefined, { fields: { Condition: condition } })

/**
 * RFC 9110, section 13.2.2: what the reader has against what is there. @throws AwsError `PreconditionFailed`,
 * `NotModified`
 */
export function checkRead(headers: Headers, version: Version): void {
  const seconds = Math.floor(version.modifiedMs / 1000) * 1000
  const since = (name: string) => (headers[name] === undefined ? Number.NaN : Date.parse(headers[name]))
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifMatch !== undefined && !names(ifMatch, version.etag)) throw failed('If-Match')
  if (ifMatch === undefined && seconds > since('if-unmodified-since')) throw failed('If-Unmodified-Since')
  const known = ifNoneMatch === undefined ? seconds <= since('if-modified-since') : names(ifNoneMatch, version.etag)
  if (known) throw s3Error('NotModified', undefined, { headers: validators(version) })
}

/**
 * The same conditions on the source of a copy; there nothing is "not modified". @throws AwsError `PreconditionFailed`
 */
export function checkCopySource(headers: Headers, version: Version): void {
  const prefix = 'x-amz-copy-source-'
  const conditions = Object.entries(headers)
    .filter(([name]) => name.startsWith(`${prefix}if-`))
    .map(([name, value]): [string, string] => [name.slice(prefix.length), value])
  try {
    checkRead(Object.fromEntries(conditions), version)
  } catch (cause) {
    throw Object.assign(s3Error('PreconditionFailed'), { cause })
  }
}

/**
 * Conditional writes: only when nothing is there, or only over what the writer knows. @throws AwsError
 * `PreconditionFailed`, `NoSuchKey`
 */
export function checkWrite(headers: Headers, key: string, current: Version | undefined): void {
  if (headers['if-none-match'] !== undefined) {
    if (headers['if-none-match'] !== '*') throw s3Error('InvalidArgument', 'The If-None-Match of a write must be *.')
    if (current) throw failed('If-None-Match')
  }
  checkStillThere(headers, key, current)
}

/** What a delete may ask for: that the object is still the one it knows. */
export function checkStillThere(headers: Headers, key: string, current: Version | undefined): void {
  if (headers['if-match'] === undefined) return
  if (!current) throw s3Error('NoSuchKey', undefined, { fields: { Key: key } })
  if (!names(headers['if-match'], current.etag)) throw failed('If-Match')
}
