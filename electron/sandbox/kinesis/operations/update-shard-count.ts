import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { stepsToEven } from '../hash-space.ts'
import { merge, requireProvisioned, split } from '../reshard.ts'
import { arnOf, findStream, type KinesisState, requireActive } from '../state.ts'
import type { Shard } from '../stream.ts'
import { streamReference } from '../stream-reference.ts'

export const updateShardCount: JsonOperation<KinesisState> = operation({
  name: 'UpdateShardCount',
  input: z.object({ ...streamReference, TargetShardCount: z.int().min(1), ScalingType: z.literal('UNIFORM_SCALING') }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    requireProvisioned(state, stream, 'UpdateShardCount')
    const current = stream.open.length
    const target = input.TargetShardCount
    // API reference, UpdateShardCount: not more than double, not below half (rounded up as half of an odd count).
    if (target > current * 2) {
      throw new AwsError(
        'InvalidArgumentException',
        'UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: ' +
          `${current} Target shard count: ${target}`,
      )
    }
    if (target < current / 2) {
      throw new AwsError(
        'InvalidArgumentException',
        'UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: ' +
          `${current} Target shard count: ${target}`,
      )
    }
    const byStart = (start: bigint): Shard => {
      const found = stream.open.find(shard => shard.start === start)
      if (!found) throw new Error(`No open shard starts at ${start}`)
      return found
    }
    for (const step of stepsToEven(stream.open, target)) {
      if (step.kind === 'split') split(state, stream, byStart(step.start), step.at)
      else merge(state, stream, byStart(step.start), byStart(step.nextStart))
    }
    state.settle(stream, 'UPDATING')
    return {
      StreamName: stream.name,
      StreamARN: arnOf(state, stream.name),
      CurrentShardCount: current,
      TargetShardCount: target,
    }
  },
})
