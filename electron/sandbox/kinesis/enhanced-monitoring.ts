import { z } from 'zod'
import { type JsonOperation, operation } from '../server/json-protocol.ts'
import { arnOf, findStream, type KinesisState } from './state.ts'
import { streamReference } from './stream-reference.ts'

/** API reference, EnableEnhancedMonitoring. */
const SHARD_METRICS = [
  'IncomingBytes',
  'IncomingRecords',
  'OutgoingBytes',
  'OutgoingRecords',
  'WriteProvisionedThroughputExceeded',
  'ReadProvisionedThroughputExceeded',
  'IteratorAgeMilliseconds',
] as const

/** Both operations answer what was on and what is on. */
export const monitoringOperation = (
  name: string,
  change: (current: string[], named: string[]) => string[],
): JsonOperation<KinesisState> =>
  operation({
    name,
    input: z.object({ ...streamReference, ShardLevelMetrics: z.array(z.enum([...SHARD_METRICS, 'ALL'])).min(1) }),
    run(state: KinesisState, input) {
      const stream = findStream(state, input)
      const named: string[] = input.ShardLevelMetrics.includes('ALL') ? [...SHARD_METRICS] : input.ShardLevelMetrics
      const current = stream.shardMetrics
      stream.shardMetrics = change(current, named)
      state.save(stream)
      return {
        StreamName: stream.name,
        StreamARN: arnOf(state, stream.name),
        CurrentShardLevelMetrics: current,
        DesiredShardLevelMetrics: stream.shardMetrics,
      }
    },
  })
