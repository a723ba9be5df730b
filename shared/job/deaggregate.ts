import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'

/*
 * Takes the user records out of the aggregates of the Kinesis Producer Library (KPL), exactly as
 * spark/sluice_spark/source/kinesis/deaggregate.py does. The format is that of aggregation-format.md of
 * awslabs/amazon-kinesis-producer: four bytes of magic, a protobuf message, the MD5 of the message. What is not wholly
 * an aggregate is passed on whole, as what it is.
 */

const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])
const DIGEST_BYTES = 16
const KIND = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const
const LONGEST_VARINT = 10

/** A record as its producer made it. The explicit hash key is what routes it instead of its partition key. */
export interface UserRecord {
  partitionKey: string
  explicitHashKey: string | undefined
  data: Uint8Array
}

/** The user records of an aggregate; undefined when this is none, or a damaged one. */
export function deaggregate(data: Uint8Array): UserRecord[] | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (bytes.length <= MAGIC.length + DIGEST_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  const message = bytes.subarray(MAGIC.length, -DIGEST_BYTES)
  if (!createHash('md5').update(message).digest().equals(bytes.subarray(-DIGEST_BYTES))) return undefined
  return aggregate(message)
}

/** A field of a protobuf message: a number, or what is delimited by its length. */
type Field = { number: number; value: number } | { number: number; value: Buffer }

function aggregate(message: Buffer): UserRecord[] | undefined {
  const fields = fieldsOf(message)
  if (!fields) return undefined
  const tables: Record<1 | 2, string[]> = { 1: [], 2: [] }
  const records: Buffer[] = []
  for (const { number, value } of fields) {
    if (number !== 1 && number !== 2 && number !== 3) continue
    if (typeof value === 'number') return undefined
    if (number === 3) records.push(value)
    else if (isUtf8(value)) tables[number].push(value.toString('utf8'))
    else return undefined
  }
  const users: UserRecord[] = []
  for (const record of records) {
    const user = userRecord(record, tables[1], tables[2])
    if (!user) return undefined
    users.push(user)
  }
  return users
}

function userRecord(
  message: Buffer,
  partitionKeys: readonly string[],
  hashKeys: readonly string[],
): UserRecord | undefined {
  const fields = fieldsOf(message)
  if (!fields) return undefined
  let keyIndex: number | undefined
  let hashIndex: number | undefined
  let data: Buffer | undefined
  for (const { number, value } of fields) {
    if (number === 1 || number === 2) {
      if (typeof value !== 'number') return undefined
      if (number === 1) keyIndex = value
      else hashIndex = value
    } else if (number === 3) {
      if (typeof value === 'number') return undefined
      data = value
    }
  }
  if (keyIndex === undefined || !data) return undefined
  const partitionKey = partitionKeys[keyIndex]
  const explicitHashKey = hashIndex === undefined ? undefined : hashKeys[hashIndex]
  if (partitionKey === undefined || (hashIndex !== undefined && explicitHashKey === undefined)) return undefined
  return { partitionKey, explicitHashKey, data }
}

/** The fields of a message, unknown ones included; undefined when it is none. */
function fieldsOf(message: Buffer): Field[] | undefined {
  const fields: Field[] = []
  for (let at = 0; at < message.length; ) {
    // Of a tag beyond 2^53 the lowest bits are in its first byte; the others only have to be more than any field that
    // is wanted.
    const kind = (message[at] ?? 0) & 7
    const tag = varint(message, at)
    const number = tag && Math.floor(tag.value / 8)
    if (!tag || !number) return undefined
    at = tag.end
    if (kind === KIND.varint) {
      const read = varint(message, at)
      if (!read) return undefined
      fields.push({ number, value: read.value })
      at = read.end
    } else if (kind === KIND.bytes) {
      const length = varint(message, at)
      if (!length || length.value > message.length - length.end) return undefined
      at = length.end + length.value
      fields.push({ number, value: message.subarray(length.end, at) })
    } else if (kind === KIND.fixed32 || kind === KIND.fixed64) {
      const size = kind === KIND.fixed32 ? 4 : 8
      if (size > message.length - at) return undefined
      fields.push({ number, value: size === 4 ? message.readUInt32LE(at) : Number(message.readBigUInt64LE(at)) })
      at += size
    } else {
      return undefined
    }
  }
  return fields
}

/** A number of up to 70 bits, to the nearest double, and where it ends; undefined when it does not end. */
function varint(message: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0
  for (let place = 0; place < LONGEST_VARINT; place++) {
    const byte = message[at + place]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * place)
    if (byte < 0x80) return { value, end: at + place + 1 }
  }
  return undefined
}
