import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { openShardCount, SHARD_LIMIT } from '../shard-limit.ts'
import type { KinesisState } from '../state.ts'

export const describeLimits: JsonOperation<KinesisState> = operation({
  name: 'DescribeLimits',
  input: z.object({}),
  run(state: KinesisState) {
    const streams = [...state.streams.values()]
    return {
      ShardLimit: SHARD_LIMIT,
      OpenShardCount: openShardCount(state),
      OnDemandStreamCount: streams.filter(stream => stream.mode === 'ON_DEMAND').length,
      OnDemandStreamCountLimit: 50,
    }
  },
})
