import { UpdateShardCountCommand } from '@aws-sdk/client-kinesis'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { StreamDescription, streamContract } from '../../../shared/features/stream.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { type Pace, watching } from '../clock/pace.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { describeStream, isOpen } from '../sources/kinesis/describe-stream.ts'
import type { LookAtStream } from '../sources/kinesis/snapshots.ts'
import type { ReadBudget } from '../sources/read-budget.ts'
import { refuseReadOnly } from '../targets/protection.ts'
import { readRecords } from './records.ts'

/** The stream and its shards, with what each received by the stream's own count. */
export function createStreamService(deps: {
  contextOf: ContextOf
  clock: Clock
  pace: Pace
  lookAtStream: LookAtStream
  budget: ReadBudget
}): ServiceOf<typeof streamContract> {
  const { contextOf, clock, pace, lookAtStream, budget } = deps
  return {
    describe: async (scope, { signal }) => describe(await contextOf(scope), clock, lookAtStream, signal),
    async *watch({ everyMs, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const signature = ({ status, shards }: StreamDescription) =>
        JSON.stringify([status, shards.map(shard => [shard.id, shard.state, shard.received.records])])
      yield* watching({ ask: () => describe(context, clock, lookAtStream, signal), signature, everyMs, pace, signal })
    },
    records: async ({ shardId, from, limit, ...scope }, { signal }) =>
      readRecords(await contextOf(scope), clock, budget, { shardId, from, limit }, signal),
    async *reshard({ shards, ...scope }, { signal }) {
      const context = await contextOf(scope)
      refuseReadOnly(context.target, 'resharding a stream')
      yield* reshard(context, clock, shards, signal)
    },
  }
}

async function describe(
  context: PipelineContext,
  clock: Clock,
  lookAtStream: LookAtStream,
  signal: AbortSignal,
): Promise<StreamDescription> {
  const { summary, shards, counters } = await lookAtStream(context, signal)
  return {
    name: summary.StreamName ?? context.spec.source.stream,
    arn: summary.StreamARN ?? '',
    status: summary.StreamStatus ?? 'UNKNOWN',
    mode: summary.StreamModeDetails?.StreamMode ?? 'PROVISIONED',
    retentionHours: summary.RetentionPeriodHours ?? 0,
    shards: shards.map(shard => ({
      id: shard.ShardId ?? '',
      parents: [shard.ParentShardId, shard.AdjacentParentShardId].flatMap(parent => parent ?? []),
      hashRange: { start: shard.HashKeyRange?.StartingHashKey ?? '', end: shard.HashKeyRange?.EndingHashKey ?? '' },
      state: isOpen(shard) ? 'open' : 'closed',
      received: { ...(counters.shards.get(shard.ShardId ?? '') ?? { records: 0, bytes: 0 }), source: counters.source },
    })),
    at: new Date(clock.now()).toISOString(),
  }
}

async function* reshard(
  context: PipelineContext,
  clock: Clock,
  shards: number,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const title = `Reshard ${context.spec.source.stream} to ${shards} shards`
  const event = (state: WorkEvent['state'], detail: string): WorkEvent => ({
    at: new Date(clock.now()).toISOString(),
    step: 'reshard',
    title,
    state,
    detail,
  })
  const openNow = async () => (await describeStream(context, signal)).shards.filter(isOpen).length
  const before = await openNow()
  if (before === shards) {
    yield event('skipped', `it has ${shards} open shards already`)
    return
  }
  await context.aws.kinesis.send(
    new UpdateShardCountCommand({
      StreamName: context.spec.source.stream,
      TargetShardCount: shards,
      ScalingType: 'UNIFORM_SCALING',
    }),
    { abortSignal: signal },
  )
  yield event('running', `from ${before} open shards`)
  while ((await describeStream(context, signal)).summary.StreamStatus !== 'ACTIVE') await clock.sleep(250, signal)
  yield event('done', `${await openNow()} open shards`)
}
