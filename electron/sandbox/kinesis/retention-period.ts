import { z } from 'zod'
import { AwsError } from '../server/aws-error.ts'
import { type JsonOperation, operation } from '../server/json-protocol.ts'
import { findStream, type KinesisState, requireActive } from './state.ts'
import { streamReference } from './stream-reference.ts'

/** API reference, IncreaseStreamRetentionPeriod. */
const MAX_RETENTION_HOURS = 8_760
const MIN_RETENTION_HOURS = 24

/** IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod differ in which way they refuse. */
export const retentionPeriodOperation = (
  name: string,
  direction: 'increase' | 'decrease',
): JsonOperation<KinesisState> =>
  operation({
    name,
    input: z.object({ ...streamReference, RetentionPeriodHours: z.int() }),
    run(state: KinesisState, input) {
      const stream = findStream(state, input)
      requireActive(state, stream)
      const hours = input.RetentionPeriodHours
      const refuse = (why: string) => new AwsError('InvalidArgumentException', why)
      if (hours < MIN_RETENTION_HOURS)
        throw refuse(
          `Minimum allowed retention period is ${MIN_RETENTION_HOURS} hours. Requested retention period ` +
            `(${hours} hours) is too short.`,
        )
      if (hours > MAX_RETENTION_HOURS)
        throw refuse(
          `Maximum allowed retention period is ${MAX_RETENTION_HOURS} hours. Requested retention period ` +
            `(${hours} hours) is too long.`,
        )
      if (direction === 'increase' && hours < stream.retentionHours) {
        throw refuse(
          `Requested retention period (${hours} hours) for stream ${stream.name} can not be shorter than ` +
            `existing retention period (${stream.retentionHours} hours). Use DecreaseRetentionPeriod API.`,
        )
      }
      if (direction === 'decrease' && hours > stream.retentionHours) {
        throw refuse(
          `Requested retention period (${hours} hours) for stream ${stream.name} can not be longer than existing ` +
            `retention period (${stream.retentionHours} hours). Use IncreaseRetentionPeriod API.`,
        )
      }
      stream.retentionHours = hours
      state.save(stream)
    },
  })
