import { AwsError } from '../../server/aws-error.ts'
import type { JsonOperation } from '../../server/json-protocol.ts'
import type { CallMetric } from '../call-counters.ts'
import { invalid } from '../invalid-member.ts'
import { type PutAnswer, THROTTLED, throttled } from '../put-answer.ts'
import { asObject, toEntry } from '../put-entry.ts'
import { sequenceAt } from '../sequence-number.ts'
import { findStream, type KinesisState, requireReadable, type StreamReference } from '../state.ts'
import type { NewRecord } from '../stored-line.ts'
import type { Shard } from '../stream.ts'

/**
 * PutRecords takes 500 records and 10 MiB with keys (API reference, PutRecords); how large one record may be is a
 * setting of the stream.
 */
const MAX_RECORDS = 500
const MAX_REQUEST_BYTES = 10 * 1024 * 1024

/** Each record succeeds or fails by itself. */
export const putRecords = { name: 'PutRecords', run } satisfies JsonOperation<KinesisState>

function run(
  state: KinesisState,
  input: unknown,
): { FailedRecordCount: number; Records: PutAnswer[]; EncryptionType: string } {
  const { Records: raw, ...reference } = asObject(input) as StreamReference & { Records?: unknown }
  const stream = findStream(state, reference)
  requireReadable(state, stream)
  if (!Array.isArray(raw) || raw.length === 0)
    throw invalid('records', 'Member must have length greater than or equal to 1')
  if (raw.length > MAX_RECORDS) throw invalid('records', `Member must have length less than or equal to ${MAX_RECORDS}`)
  const entries = raw.map((record, index) => toEntry(stream, record, `records.${index + 1}.member.`))
  const total = entries.reduce((sum, entry) => sum + entry.record.sizeBytes, 0)
  if (total > MAX_REQUEST_BYTES) throw new AwsError('InvalidArgumentException', 'Records size exceeds 10 MB limit')

  const nowMs = state.options.now()
  const monotonicMs = state.monotonic()
  const accepted = new Map<Shard, { records: NewRecord[]; at: number[] }>()
  const answers: PutAnswer[] = entries.map(({ shard, record }, index) => {
    if (!shard.throughput.takeRecord(record.sizeBytes, monotonicMs)) return throttled(state, stream, shard)
    const lot = accepted.get(shard) ?? { records: [], at: [] }
    accepted.set(shard, lot)
    lot.records.push(record)
    lot.at.push(index)
    return {}
  })
  for (const [shard, { records, at }] of accepted) {
    try {
      const first = shard.log.append(records, Math.max(nowMs, shard.createdMs), monotonicMs)
      at.forEach((index, order) => {
        answers[index] = { SequenceNumber: sequenceAt(shard.prefix, first + order), ShardId: shard.id }
      })
    } catch (error) {
      // Other shards may have taken theirs: of each record it is known what became of it, so that only these are sent
      // again.
      const sentence = state.care.trouble(error)
      if (sentence === undefined) throw error
      for (const index of at)
        answers[index] = { ErrorCode: 'InternalFailure', ErrorMessage: `Internal service failure. ${sentence}` }
    }
  }
  const failed = answers.reduce((count, answer) => count + (answer.ErrorCode ? 1 : 0), 0)
  const acceptedBytes = entries.reduce(
    (sum, { record }, index) => sum + (answers[index]?.ErrorCode ? 0 : record.sizeBytes),
    0,
  )
  const count = (metric: CallMetric, value: number) => state.calls.add(stream.name, undefined, metric, value)
  count('PutRecords.TotalRecords', entries.length)
  count('PutRecords.SuccessfulRecords', entries.length - failed)
  count('PutRecords.ThrottledRecords', answers.filter(answer => answer.ErrorCode === THROTTLED).length)
  count('PutRecords.Bytes', acceptedBytes)
  count('PutRecords.Success', failed < entries.length ? 1 : 0)
  return { FailedRecordCount: failed, Records: answers, EncryptionType: stream.encryption.type }
}
