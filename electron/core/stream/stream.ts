import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { StreamDescription, streamContract } from '../../../shared/features/stream.ts'
import { capital } from '../../../shared/pipelines/source-words.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { type Pace, watching } from '../clock/pace.ts'
import type { ContextOf } from '../pipeline-context.ts'
import { budgetPlace, type ReadBudget } from '../sources/read-budget.ts'
import { type SourceOf, type StreamSource, wordsOf } from '../sources/source.ts'
import { type Poll, pollUntil } from '../targets/polls.ts'
import { reporter } from '../work/work.ts'
import { readRecords } from './records.ts'

/** The stream and its partitions, with what each received by the stream's own count. */
export function createStreamService(deps: {
  contextOf: ContextOf
  clock: Clock
  pace: Pace
  sourceOf: SourceOf
  budget: ReadBudget
}): ServiceOf<typeof streamContract> {
  const { contextOf, clock, pace, sourceOf, budget } = deps
  return {
    describe: async (scope, { signal }) => describe(sourceOf(await contextOf(scope)), clock, signal),
    async *watch({ everyMs, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const source = sourceOf(context)
      const poll = context.polls.start('metrics')
      const signature = ({ status, partitions }: StreamDescription) =>
        JSON.stringify([
          status,
          partitions.map(partition => [partition.id, partition.state, partition.received.records]),
        ])
      yield* watching({
        ask: () => poll.ask(() => describe(source, clock, signal), signal),
        signature,
        everyMs: context.polls.watchMs('metrics', everyMs),
        pace,
        signal,
      })
    },
    async records({ partitionId, from, limit, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const source = sourceOf(context)
      const place = budgetPlace(context, source, partitionId)
      return readRecords(source, { clock, budget, place }, { partition: partitionId, from, limit }, signal)
    },
    async *repartition({ partitions, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const source = sourceOf(context)
      const poll = context.polls.start('stream')
      yield* repartition({ source, clock, poll }, partitions, signal)
    },
  }
}

async function describe(source: StreamSource, clock: Clock, signal: AbortSignal): Promise<StreamDescription> {
  const { partitions, counters, ...state } = await source.snapshot(signal)
  return {
    name: source.name,
    address: state.address,
    status: state.status,
    mode: state.mode,
    retentionHours: (state.retentionMs ?? 0) / 3_600_000,
    words: wordsOf(source.words),
    writeLimits: source.writeLimits ?? null,
    can: {
      repartition: source.repartition?.bounds(partitions.filter(({ open }) => open).length) ?? null,
      readerAges: source.readerAges !== undefined,
    },
    partitions: partitions.map(({ id, parents, open, keys = null }) => ({
      id,
      parents: [...parents],
      keys,
      state: open ? 'open' : 'closed',
      received: { ...(counters.partitions.get(id) ?? { records: 0, bytes: 0 }), source: counters.source },
    })),
    at: new Date(clock.now()).toISOString(),
  }
}

async function* repartition(
  { source, clock, poll }: { source: StreamSource; clock: Clock; poll: Poll },
  count: number,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { partitions: word, service, repartition: change } = source.words
  if (!source.repartition)
    throw new ExpectedError({
      code: 'unavailable',
      message: `${service} does not change how many ${word} ${source.name} has while it runs.`,
      retryable: false,
    })
  const event = reporter(clock, 'repartition', `${capital(change)} ${source.name} to ${count} ${word}`)
  const openNow = async () => (await source.state(signal)).partitions.filter(({ open }) => open).length
  const before = await openNow()
  if (before === count) {
    yield event('skipped', `it has ${count} open ${word} already`)
    return
  }
  await source.repartition.begin(count, signal)
  yield event('running', `from ${before} open ${word}`)
  await pollUntil(
    poll,
    () => source.state(signal),
    state => state.isReady,
    signal,
  )
  yield event('done', `${await openNow()} open ${word}`)
}
