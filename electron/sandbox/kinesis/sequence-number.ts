/**
 * Sequence numbers have 56 digits, as on AWS, and compare as text: `4966`, when the shard was made (14 digits of epoch
 * ms), the number of the shard (8), the place of the record in its shard (30). A child is made after its parents, so
 * its numbers are greater than theirs.
 */
const LEAD = '4966'
const CREATED_DIGITS = 14
const SHARD_DIGITS = 8
const PLACE_DIGITS = 30
const PREFIX_LENGTH = LEAD.length + CREATED_DIGITS + SHARD_DIGITS

/** What all sequence numbers of a shard begin with. */
export const sequencePrefix = (createdMs: number, shardNumber: number): string =>
  LEAD + String(createdMs).padStart(CREATED_DIGITS, '0') + String(shardNumber).padStart(SHARD_DIGITS, '0')

/** The sequence number of the record at a place (0 is the shard's first). */
export const sequenceAt = (prefix: string, place: number): string => prefix + String(place).padStart(PLACE_DIGITS, '0')

/** The place that a sequence number of this shard names; undefined when it is not of this shard. */
export function placeOf(prefix: string, sequenceNumber: string): number | undefined {
  if (sequenceNumber.length !== PREFIX_LENGTH + PLACE_DIGITS || !sequenceNumber.startsWith(prefix)) return undefined
  const digits = sequenceNumber.slice(PREFIX_LENGTH)
  const place = /^\d+$/.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(place) ? place : undefined
}
