import type { S3Request } from './exchange.ts'
import { invalidArgument } from './s3-error.ts'
import { element } from './xml.ts'

const MAX_ITEMS = 1_000
const LARGEST = 2_147_483_647

export interface ListQuery {
  prefix: string
  delimiter: string
  max: number
  encodingType: 'url' | undefined
  /** A key as the reply has it. */
  encode: (key: string) => string
}

/**
 * What all listings are asked by. With encoding-type=url keys come out as Java's URLEncoder writes them, with their
 * slashes: a space is a plus, and only letters, digits and `-_.*` stay (API reference, ListObjectsV2, EncodingType:
 * `test_file%283%29.png`).
 * @throws AwsError `InvalidArgument`
 */
export function listQuery({ query }: S3Request, maxName: 'max-keys' | 'max-uploads' = 'max-keys'): ListQuery {
  const encodingType = query.get('encoding-type') ?? undefined
  if (encodingType !== undefined && encodingType !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encodingType)
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    max: Math.min(countArgument(query, maxName) ?? MAX_ITEMS, MAX_ITEMS),
    encodingType,
    encode: encodingType === 'url' ? urlEncode : key => key,
  }
}

/** A count in the query. @throws AwsError `InvalidArgument` */
export function countArgument(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const count = Number(text)
  if (!Number.isInteger(count))
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text)
  if (count < 0 || count > LARGEST)
    throw invalidArgument(`Argument ${name} must be an integer between 0 and ${LARGEST}`, name, text)
  return count
}

const urlEncode = (key: string): string =>
  encodeURIComponent(key)
    .replace(/[!'()~]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')

export const commonPrefixesXml = (prefixes: readonly string[], { encode }: ListQuery): string =>
  prefixes.map(prefix => `<CommonPrefixes>${element('Prefix', encode(prefix))}</CommonPrefixes>`).join('')
