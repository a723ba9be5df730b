import type { PipelineScope } from '../../../shared/features/scope.ts'
import {
  type EventMix,
  isOver,
  type SimulatorOptions,
  type simulatorContract,
} from '../../../shared/features/simulator.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { Clock } from '../clock/clock.ts'
import type { Pace } from '../clock/pace.ts'
import type { ContextOf } from '../pipeline-context.ts'
import type { SourceOf } from '../sources/source.ts'
import { actionLasts } from '../work/action.ts'
import { createEventSource, type EventSource } from './event-source.ts'
import { keyOf } from './mix-key.ts'
import { createSimulators, type Simulator } from './open-simulators.ts'
import { previewOf } from './preview.ts'
import { type SimulatorRun, startRun } from './run.ts'
import { statusOf } from './status.ts'

export interface SimulatorDeps {
  contextOf: ContextOf
  sourceOf: SourceOf
  clock: Clock
  /** Woken when a run starts: watches ask again. */
  pace: Pace
  random: () => number
  /** What is done about damaged state, and about a disk that takes no writes. */
  care: StateCare
}

const WATCH_MS = 250
/** Nothing happens then: often enough that what is shown is not called old (renderer/live/stale.tsx). */
const WATCH_IDLE_MS = 15_000

/** Drives the stream of a pipeline with its events, and knows what it sent. */
export function createSimulatorService(
  deps: SimulatorDeps,
): ServiceOf<typeof simulatorContract> & { close(): Promise<void> } {
  const { clock, pace } = deps
  const simulators = createSimulators(deps)
  const status = (simulator: Simulator) => statusOf(simulator, clock.now())

  const withRun = async (scope: PipelineScope, act: (run: SimulatorRun) => void) => {
    const simulator = await simulators.of(scope)
    if (!simulator.run || isOver(simulator.run.state)) throw refused('The simulator does not run.', 'Start it first.')
    act(simulator.run)
    return status(simulator)
  }

  return {
    async start({ options, ...scope }, { signal }) {
      const simulator = await simulators.of(scope)
      refuseSecondRun(simulator)
      await writeMix(deps.care, simulator, options.mix, signal)
      // Another start may have come first while the disk was full.
      refuseSecondRun(simulator)
      simulator.run = start(deps, simulator, options)
      // What it sends is of this action, until the run ends.
      actionLasts(simulator.run.ended)
      pace.wake()
      return status(simulator)
    },
    pause: scope => withRun(scope, run => run.pause()),
    resume: scope => withRun(scope, run => run.resume()),
    setProfile: ({ profile, ...scope }) => withRun(scope, run => run.setProfile(profile)),
    async stop(scope, { signal }) {
      const simulator = await simulators.of(scope)
      simulator.run?.stop()
      // It stops also when nobody waits for it any more.
      if (simulator.run) await untilAborted(simulator.run.ended, signal)
      return status(simulator)
    },
    status: async scope => status(await simulators.of(scope)),
    async *watch(scope, { signal }) {
      const simulator = await simulators.of(scope)
      while (!signal.aborted) {
        yield status(simulator)
        // As it is now: it may have been started since.
        if (isOver(simulator.run?.state ?? 'idle')) await pace.sleepToBeat(WATCH_IDLE_MS, signal)
        else await pace.sleep(WATCH_MS, signal)
      }
    },
    preview: async ({ mix, count, ...scope }) => previewOf(await simulators.of(scope), { mix, count }),
    samples: async scope => (await simulators.of(scope)).reservoir.samples(),
    async close() {
      for (const opening of simulators.all()) {
        const { run } = await opening
        run?.abort()
        await run?.ended
      }
    },
  }
}

const refused = (message: string, hint: string): ExpectedError =>
  new ExpectedError({ code: 'conflict', message, hint, retryable: false })

function refuseSecondRun({ run }: Simulator): void {
  if (run && !isOver(run.state)) throw refused('The simulator runs already.', 'Stop it first.')
}

/** A mix stands in the journal before its first event is sent. */
async function writeMix(care: StateCare, { journal }: Simulator, mix: EventMix, signal: AbortSignal): Promise<void> {
  const key = keyOf(mix)
  const isNew = () => !journal.state.mixes.has(key)
  await whenRoom(care, () => isNew() && journal.write({ t: 'mix', key, mix }), { signal })
}

/** Begins a run; its mix stands in the journal. */
function start(deps: SimulatorDeps, simulator: Simulator, options: SimulatorOptions): SimulatorRun {
  const { context, journal, reservoir } = simulator
  const mix = keyOf(options.mix)
  const eventsOfMix = eventSources(simulator)
  return startRun({
    ...deps,
    context,
    journal,
    stream: deps.sourceOf(context),
    source: eventsOfMix(mix),
    eventsOfMix,
    mix,
    options,
    reservoir,
  })
}

/** The events of each mix that the journal knows, by its key. */
function eventSources({ context, dimensions, journal }: Simulator): (key: string) => EventSource {
  const sources = new Map<string, EventSource>()
  return key => {
    const mix: EventMix | undefined = journal.state.mixes.get(key)
    if (!mix) throw new Error(`The journal names a mix that it does not know: ${key}`)
    const source = sources.get(key) ?? createEventSource(context.spec, dimensions, mix)
    sources.set(key, source)
    return source
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
