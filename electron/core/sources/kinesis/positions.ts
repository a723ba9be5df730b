import type { Position, Positions } from '../source.ts'

/**
 * `TRIM_HORIZON`, `SHARD_END`, `@<epoch ms>`, or the number of the last record that was read: 56 digits in fact, and at
 * most 128 (API reference, Record).
 */
const POSITION = /^(?:TRIM_HORIZON|SHARD_END|@\d+|\d{1,129})$/

export const kinesisPositions: Positions = {
  parse(text) {
    if (!POSITION.test(text)) throw new Error(`${JSON.stringify(text)} is no position in a shard of Kinesis`)
    return text as Position
  },
  format: position => position,
  isOffset: text => /^\d{1,129}$/.test(text),
  oldest: 'TRIM_HORIZON' as Position,
  end: 'SHARD_END' as Position,
  at: ms => `@${ms}` as Position,
  // 56 digits: more than a number of JavaScript holds.
  covers: (upTo, offset) => BigInt(upTo) >= BigInt(offset),
}

/** What GetShardIterator is asked for to read on behind a position. */
export function iteratorBehind(position: Position) {
  if (position === kinesisPositions.oldest) return { ShardIteratorType: 'TRIM_HORIZON' as const }
  if (position.startsWith('@'))
    return { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(Number(position.slice(1))) }
  return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: position as string }
}
