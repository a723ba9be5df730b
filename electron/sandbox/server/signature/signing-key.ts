import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { AccessKey } from '../../place.ts'

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
export const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

export interface Scope {
  date: string
  region: string
  service: string
}
export const scopeText = ({ date, region, service }: Scope): string => `${date}/${region}/${service}/aws4_request`

/** Days, regions and services that are signed for at once are few; more are of somebody who tries. */
const MAX_CACHED = 256

/**
 * Derives signing keys (IAM User Guide, "Create a signed AWS API request", step 4), each once a day, region and
 * service.
 */
export function createSigningKeys({ secretAccessKey }: AccessKey): (scope: Scope) => Buffer {
  const known = new Map<string, Buffer>()
  return scope => {
    const name = scopeText(scope)
    const found = known.get(name)
    if (found) return found
    const { date, region, service } = scope
    const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), service), 'aws4_request')
    if (known.size >= MAX_CACHED) known.clear()
    known.set(name, key)
    return key
  }
}

/** The signature of a string to sign, hexadecimal. */
export const sign = (key: Buffer, stringToSign: string): string =>
  createHmac('sha256', key).update(stringToSign).digest('hex')

/** Whether two texts are the same, in a time that does not reveal where they differ. */
export function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
