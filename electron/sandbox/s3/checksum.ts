import { createHash } from 'node:crypto'
import { type RunningChecksum, runningCrc32, runningCrc32c, runningCrc64nvme } from './crc.ts'
import { s3Error } from './s3-error.ts'

export type ChecksumName = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256'
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

/** The checksums that S3 knows, with the length of their bytes. */
const CHECKSUMS: Record<ChecksumName, { lengthBytes: number; start: () => RunningChecksum }> = {
  crc32: { lengthBytes: 4, start: runningCrc32 },
  crc32c: { lengthBytes: 4, start: runningCrc32c },
  crc64nvme: { lengthBytes: 8, start: runningCrc64nvme },
  sha1: { lengthBytes: 20, start: () => hashing('sha1') },
  sha256: { lengthBytes: 32, start: () => hashing('sha256') },
}
const NAMES = Object.keys(CHECKSUMS) as ChecksumName[]

function hashing(algorithm: string): RunningChecksum {
  const hash = createHash(algorithm)
  return { update: chunk => void hash.update(chunk), digest: () => hash.digest('base64') }
}

export const startChecksum = (name: ChecksumName): RunningChecksum => CHECKSUMS[name].start()

/** The checksum of a header such as `CRC32`; undefined when there is none. @throws AwsError `InvalidRequest` */
export function checksumName(text: string | undefined): ChecksumName | undefined {
  if (text === undefined) return undefined
  const name = NAMES.find(entry => entry === text.toLowerCase())
  if (!name)
    throw s3Error(
      'InvalidRequest',
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, ' +
        'CRC64NVME, SHA1, SHA256]',
    )
  return name
}

/** The member of a shape that holds it: `ChecksumCRC32`. */
export const checksumElement = (name: string): string => `Checksum${name.toUpperCase()}`

export interface AnnouncedChecksum {
  name: ChecksumName
  /** Undefined when it is still to come, in the trailer. */
  value: string | undefined
}

/**
 * The checksum that a request says its body has, in a header or in a trailer to come.
 * @throws AwsError `InvalidRequest` when there are two, when it cannot be one, or when it is named but not sent
 */
export function announcedChecksum(headers: Readonly<Record<string, string>>): AnnouncedChecksum | undefined {
  const inHeaders = NAMES.flatMap(name => {
    const value = headers[`x-amz-checksum-${name}`]
    return value === undefined ? [] : [{ name, value }]
  })
  const trailer = headers['x-amz-trailer']?.trim().toLowerCase()
  const inTrailer = NAMES.filter(name => trailer === `x-amz-checksum-${name}`).map(name => ({ name, value: undefined }))
  const [announced, second] = [...inHeaders, ...inTrailer]
  if (second)
    throw s3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  if (!announced && headers['x-amz-sdk-checksum-algorithm'] !== undefined) {
    throw s3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers ' +
        'were found.',
    )
  }
  if (announced?.value !== undefined) checkForm(announced.name, announced.value)
  return announced
}

/** @throws AwsError `InvalidRequest` when the value is not base64 of as many bytes as the checksum has */
export function checkForm(name: ChecksumName, value: string): void {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length !== CHECKSUMS[name].lengthBytes || bytes.toString('base64') !== value)
    throw s3Error('InvalidRequest', `Value for x-amz-checksum-${name} header is invalid.`)
}

export const checksumMismatch = (name: ChecksumName) =>
  s3Error('BadDigest', `The ${name.toUpperCase()} you specified did not match the calculated checksum.`)

/** What a reply says of an object's checksum. */
export function checksumHeaders(
  checksum: { name: string; value: string; type?: ChecksumType | undefined } | undefined,
): Record<string, string> {
  if (!checksum) return {}
  return { [`x-amz-checksum-${checksum.name}`]: checksum.value, 'x-amz-checksum-type': checksum.type ?? 'FULL_OBJECT' }
}
