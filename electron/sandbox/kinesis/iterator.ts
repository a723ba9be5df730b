import { z } from 'zod'
import { AwsError } from '../server/aws-error.ts'

/**
 * Where a reader stands, in a token that only the sandbox reads. It holds all there is to know, so it outlives the
 * process.
 */
export interface IteratorState {
  stream: string
  /** When the stream was made: an iterator of a stream of the same name that is gone must not read the new one. */
  streamCreatedMs: number
  shardId: string
  place: number
  issuedMs: number
}

/** What a Date can be. */
const TimeMs = z.number().min(0).max(8.64e15)
const Token = z.tuple([z.literal(1), z.string(), TimeMs, z.string(), z.int().min(0), TimeMs])

/** Five minutes after it is returned (API reference, GetShardIterator). */
const EXPIRES_MS = 300_000

export const formatIterator = ({ stream, streamCreatedMs, shardId, place, issuedMs }: IteratorState): string =>
  Buffer.from(JSON.stringify([1, stream, streamCreatedMs, shardId, place, issuedMs])).toString('base64')

/** @throws AwsError `InvalidArgumentException`, `ExpiredIteratorException` */
export function parseIterator(text: string, nowMs: number): IteratorState {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  const known = Token.safeParse(parts)
  if (!known.success) throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator.')
  const [, stream, streamCreatedMs, shardId, place, issuedMs] = known.data
  if (nowMs - issuedMs > EXPIRES_MS) {
    throw new AwsError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${new Date(issuedMs).toISOString()} while right now it ` +
        `is ${new Date(nowMs).toISOString()} which is further in the future than the tolerated delay of ` +
        `${EXPIRES_MS} milliseconds.`,
    )
  }
  return { stream, streamCreatedMs, shardId, place, issuedMs }
}
