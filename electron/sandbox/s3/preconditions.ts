import type { SandboxRequest } from '../server/exchange.ts'
import type { Version } from './bucket.ts'
import { s3Error } from './s3-error.ts'

const names = (header: string, etag: string): boolean =>
  header.split(',').some(entry => entry.trim() === '*' || entry.trim().replace(/^W\//, '').replaceAll('"', '') === etag)

/** RFC 9110, section 13.2.2: what the reader has against what is there. @throws AwsError `PreconditionFailed`, `NotModified` */
export function checkRead({ headers }: SandboxRequest, version: Version): void {
  const seconds = Math.floor(version.modifiedMs / 1000) * 1000
  const since = (name: string) => (headers[name] === undefined ? Number.NaN : Date.parse(headers[name]))
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifMatch !== undefined && !names(ifMatch, version.etag)) throw s3Error('PreconditionFailed')
  if (ifMatch === undefined && seconds > since('if-unmodified-since')) throw s3Error('PreconditionFailed')
  if (ifNoneMatch !== undefined && names(ifNoneMatch, version.etag)) throw s3Error('NotModified')
  if (ifNoneMatch === undefined && seconds <= since('if-modified-since')) throw s3Error('NotModified')
}

/** Conditional writes: only when nothing is there, or only over what the writer knows. @throws AwsError `PreconditionFailed`, `NoSuchKey` */
export function checkWrite({ headers }: SandboxRequest, current: Version | undefined): void {
  if (headers['if-none-match'] !== undefined) {
    if (headers['if-none-match'] !== '*') throw s3Error('InvalidArgument', 'If-None-Match of a write must be *.')
    if (current) throw s3Error('PreconditionFailed')
  }
  if (headers['if-match'] === undefined) return
  if (!current) throw s3Error('NoSuchKey')
  if (!names(headers['if-match'], current.etag)) throw s3Error('PreconditionFailed')
}
