import { s3Error } from './s3-error.ts'

/** Places of the first and the last byte, both belonging to it. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * `bytes=a-b`, `bytes=a-`, `bytes=-n`; undefined for the whole, also when the header is not a single range (RFC 9110,
 * section 14.2).
 * @throws AwsError `InvalidRange` when it begins behind the end
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  const [, first = '', last = ''] = found ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  if (start >= sizeBytes || (first === '' && Number(last) === 0)) {
    const fields = { RangeRequested: header ?? '', ActualObjectSize: String(sizeBytes) }
    throw s3Error('InvalidRange', undefined, { fields })
  }
  return { start, end: first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) }
}
