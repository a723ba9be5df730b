import { join } from 'node:path'
import {
  type EventMix,
  isOver,
  type SimulatorStatus,
  type simulatorContract,
} from '../../../shared/features/simulator.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { Clock } from '../clock/clock.ts'
import type { Pace } from '../clock/pace.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import type { SourceOf } from '../sources/source.ts'
import { refuseReadOnly } from '../targets/protection.ts'
import { parseCsv } from './csv.ts'
import { eventOf } from './event-of-send.ts'
import { createEventSource, type Dimensions, type EventSource } from './event-source.ts'
import { type Journal, openJournal } from './journal.ts'
import { createReservoir, type Reservoir } from './reservoir.ts'
import { type SimulatorRun, startRun } from './run.ts'

interface Simulator {
  context: PipelineContext
  dimensions: Dimensions
  journal: Journal
  reservoir: Reservoir
  run: SimulatorRun | undefined
}

export interface SimulatorDeps {
  contextOf: ContextOf
  sourceOf: SourceOf
  clock: Clock
  /** Woken when a run starts: whoever watches looks again. */
  pace: Pace
  random: () => number
  /** What is done about damaged state, and about a disk that takes no writes. */
  care: StateCare
}

const WATCH_MS = 250
/** Nothing happens then: often enough that what is shown is not called old (renderer/live/stale.tsx). */
const WATCH_AT_REST_MS = 15_000
const keyOf = (mix: EventMix): string =>
  [mix.seed, mix.duplicatesPercent, mix.invalidPercent, mix.latePercent].join('-')

function refuseSecondRun({ run }: Simulator): void {
  if (!run || isOver(run.state)) return
  throw new ExpectedError({
    code: 'conflict',
    message: 'The simulator runs already.',
    hint: 'Stop it first.',
    retryable: false,
  })
}

/** Drives the stream of a pipeline with its events, and knows what it sent. */
export function createSimulatorService(
  deps: SimulatorDeps,
): ServiceOf<typeof simulatorContract> & { close(): Promise<void> } {
  const { clock, pace } = deps
  const simulators = new Map<string, Promise<Simulator>>()

  async function open(context: PipelineContext): Promise<Simulator> {
    const files = await Promise.all(
      context.spec.dimensions.map(
        async dimension => [dimension.table, parseCsv(await context.files.text(`dims/${dimension.file}`))] as const,
      ),
    )
    const journal = await whenRoom(deps.care, () => openJournal(join(context.stateDir, 'simulator'), deps.care))
    const reservoir = createReservoir(deps.random, journal.state.samples, journal.state.offered)
    return { context, dimensions: new Map(files), journal, reservoir, run: undefined }
  }

  async function simulatorOf(scope: { target: string; pipeline: string }): Promise<Simulator> {
    const key = `${scope.target}/${scope.pipeline}`
    const context = await deps.contextOf(scope)
    const known = simulators.get(key) ?? open(context)
    simulators.set(key, known)
    // What could not be opened now is tried again by the next who asks.
    known.catch(() => simulators.delete(key))
    return known
  }

  function status({ run, journal }: Simulator): SimulatorStatus {
    const { state } = journal
    const underWay = [...state.open.values()].reduce(
      (sum, intent) => sum + intent.first.length + intent.again.length,
      0,
    )
    return {
      state: run?.state ?? 'idle',
      ...(run?.reason !== undefined && { reason: run.reason }),
      at: new Date(clock.now()).toISOString(),
      ...(run && { options: run.options }),
      ...(run?.eventTimeMs !== undefined && { eventTime: new Date(run.eventTimeMs).toISOString() }),
      counts: {
        ...state.counts,
        made: { ...state.counts.made },
        unconfirmed: state.unconfirmed.size,
        pending: state.refused.size + underWay,
      },
      rates: {
        ...(run?.rates() ?? { sentPerSecond: 0, acceptedPerSecond: 0, throttledPerSecond: 0, retriedPerSecond: 0 }),
        targetPerSecond: run?.targetPerSecond() ?? null,
      },
    }
  }

  const withRun = async (
    scope: { target: string; pipeline: string },
    act: (run: SimulatorRun) => void,
  ): Promise<SimulatorStatus> => {
    const simulator = await simulatorOf(scope)
    if (!simulator.run || isOver(simulator.run.state)) {
      throw new ExpectedError({
        code: 'conflict',
        message: 'The simulator does not run.',
        hint: 'Start it first.',
        retryable: false,
      })
    }
    act(simulator.run)
    return status(simulator)
  }

  return {
    async start({ options, ...scope }, { signal }) {
      const simulator = await simulatorOf(scope)
      refuseReadOnly(simulator.context.target, 'sending simulated events')
      refuseSecondRun(simulator)
      const { context, dimensions, journal } = simulator
      const mix = keyOf(options.mix)
      const isNew = () => !journal.state.mixes.has(mix)
      await whenRoom(deps.care, () => isNew() && journal.write({ t: 'mix', key: mix, mix: options.mix }), { signal })
      // Another start may have come first while the disk was full.
      refuseSecondRun(simulator)
      const sources = new Map<string, EventSource>()
      const eventsOfMix = (key: string): EventSource => {
        const of = journal.state.mixes.get(key)
        if (!of) throw new Error(`The journal names a mix that it does not know: ${key}`)
        const source = sources.get(key) ?? createEventSource(context.spec, dimensions, of)
        sources.set(key, source)
        return source
      }
      simulator.run = startRun({
        ...deps,
        context,
        journal,
        stream: deps.sourceOf(context),
        source: eventsOfMix(mix),
        eventsOfMix,
        mix,
        options,
        reservoir: simulator.reservoir,
      })
      pace.wake()
      return status(simulator)
    },
    pause: scope => withRun(scope, run => run.pause()),
    resume: scope => withRun(scope, run => run.resume()),
    setProfile: ({ profile, ...scope }) => withRun(scope, run => run.setProfile(profile)),
    async stop(scope, { signal }) {
      const simulator = await simulatorOf(scope)
      simulator.run?.stop()
      // It stops also when nobody waits for it any more.
      if (simulator.run) await untilAborted(simulator.run.ended, signal)
      return status(simulator)
    },
    status: async scope => status(await simulatorOf(scope)),
    async *watch(scope, { signal }) {
      const simulator = await simulatorOf(scope)
      while (!signal.aborted) {
        yield status(simulator)
        // As it is now: it may have been started since.
        if (isOver(simulator.run?.state ?? 'idle')) await pace.sleepToBeat(WATCH_AT_REST_MS, signal)
        else await pace.sleep(WATCH_MS, signal)
      }
    },
    async preview({ mix, count, ...scope }) {
      const { context, dimensions, journal } = await simulatorOf(scope)
      const source = createEventSource(context.spec, dimensions, mix)
      const from = journal.state.next.get(keyOf(mix)) ?? 0
      const events = []
      for (let n = from; events.length < count; n++) {
        const event = source.event(n)
        events.push({
          partitionKey: event.partitionKey,
          kind: event.kind,
          data: Buffer.from(event.data).toString('utf8'),
        })
        if (source.duplicateAfter(n) === undefined) continue
        const again = eventOf(source, n * 2 + 1)
        events.push({
          partitionKey: again.partitionKey,
          kind: 'duplicate' as const,
          data: Buffer.from(again.data).toString('utf8'),
        })
      }
      return events.slice(0, count)
    },
    samples: async scope => (await simulatorOf(scope)).reservoir.samples(),
    async close() {
      for (const opening of simulators.values()) {
        const { run } = await opening
        run?.abort()
        await run?.ended
      }
    },
  }
}

/** Waits for a promise, no longer than until the signal. @throws the signal's reason */
async function untilAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const over = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { signal: over.signal })
  })
  try {
    await Promise.race([promise, aborted])
  } finally {
    over.abort()
  }
}
