import { create } from 'zustand'
import type { HistoryEvent } from '../../shared/features/history.ts'
import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Services } from '../../shared/features/services.ts'
import type { Result } from '../../shared/rpc/contract.ts'
import { AGAIN_AFTER_MS, askAgain, pause, pauseUntil } from '../connection/ask-again.ts'
import { useConnection } from '../connection/connection.ts'
import { currentRoute, onRoute, type PageId } from '../route/route.ts'
import { type Arrivals, createArrivals } from './arrivals.ts'
import { useLogin } from './login.ts'
import type { LiveParts } from './parts.ts'
import { chosenPipeline, followPipelines, usePipelines } from './pipelines.ts'
import { type Sample, sampleOf, samplesOf } from './samples.ts'

interface Live extends LiveParts {
  scope: PipelineScope
  /** One a second, of the last `KEPT_SECONDS`. */
  samples: Sample[]
  /** Recent events, newest first. */
  events: HistoryEvent[]
}

/** The charts of the newest time show this much. */
export const KEPT_SECONDS = 900
const KEPT_EVENTS = 200
/** Events of this long ago are still shown as recent. */
const RECENT_MS = 86_400_000
const LEDGER_EVERY_MS = 4_000
const LATENCY_EVERY_MS = 10_000
/** While nothing happens, what is asked for page by page is asked this seldom. */
const REST_MS = 60_000

const targetOfRoute = (): string => currentRoute().query.get('target') ?? 'sandbox'
const scopeOfRoute = (): PipelineScope => ({
  target: targetOfRoute(),
  pipeline: chosenPipeline(),
})

const nothingYet = () => ({
  simulator: {},
  stream: {},
  lag: {},
  jobs: {},
  ledger: {},
  latency: {},
  samples: [] as Sample[],
  events: [] as HistoryEvent[],
})

/** Which pipeline it is, is known when core has said which there are. */
export const useLive = create<Live>(() => ({ scope: { target: targetOfRoute(), pipeline: '' }, ...nothingYet() }))

/**
 * Follows all parts of the pipeline while the page is connected and can be seen; of another pipeline or target when the
 * link says so. Returns what ends it.
 */
export function followPipeline(): () => void {
  let abort: AbortController | undefined
  const restart = () => {
    const { services } = useConnection.getState()
    const wanted = services !== undefined && !document.hidden
    abort?.abort()
    abort = undefined
    if (!wanted || useLive.getState().scope.pipeline === '') return
    abort = new AbortController()
    begin(services, abort.signal)
  }
  const onScope = () => {
    const scope = scopeOfRoute()
    const { target, pipeline } = useLive.getState().scope
    if (scope.target === target && scope.pipeline === pipeline) return
    // Nothing of one account or pipeline is ever shown under the name of another.
    useLive.setState({ scope, ...nothingYet() })
    restart()
  }
  const endings = [
    useConnection.subscribe(restart),
    onRoute(onScope),
    usePipelines.subscribe(onScope),
    // What was refused is asked again at once.
    useLogin.subscribe((now, before) => now.times !== before.times && restart()),
    followPipelines(),
  ]
  document.addEventListener('visibilitychange', restart)
  restart()
  return () => {
    for (const end of endings) end()
    document.removeEventListener('visibilitychange', restart)
    abort?.abort()
  }
}

function begin(services: Services, signal: AbortSignal): void {
  const { scope } = useLive.getState()
  const every = { ...scope, everyMs: 1_000 }
  const arrivals = createArrivals({ shown: useLive.getState, show, now: Date.now, signal })
  const happening = new EventTarget()
  const occasions = (listener: () => void) => {
    happening.addEventListener('event', listener)
    const end = onRoute(listener)
    return () => {
      happening.removeEventListener('event', listener)
      end()
    }
  }
  const watch = <T>(part: keyof LiveParts, start: () => AsyncIterable<Result<T>>) =>
    void askAgain({ start, onResult: result => arrivals.add(part, result), occasions, signal })
  watch('simulator', () => services.simulator.watch(scope, signal))
  watch('stream', () => services.stream.watch(every, signal))
  watch('lag', () => services.lag.watch(every, signal))
  watch('jobs', () => services.jobs.watch(every, signal))
  void poll('ledger', 'home', () => services.ledger.read(scope, signal), LEDGER_EVERY_MS, arrivals, signal)
  void poll('latency', 'home', () => services.ledger.latency(scope, signal), LATENCY_EVERY_MS, arrivals, signal)
  void recall(services, signal)
  void follow(services, happening, signal)
}

/** Shows what arrived, and takes a sample of it when one is due. */
function show(parts: Partial<LiveParts>, sampleAfterMs: number): boolean {
  const nowMs = Date.now()
  const { samples: taken, ...live } = useLive.getState()
  // Samples of times that are still to come were taken before the clock was set back.
  const samples = (taken.at(-1)?.atMs ?? 0) > nowMs ? taken.filter(sample => sample.atMs <= nowMs) : taken
  const isDue = nowMs - (samples.at(-1)?.atMs ?? 0) >= sampleAfterMs
  useLive.setState({
    ...parts,
    ...(isDue && { samples: [...samples.slice(1 - KEPT_SECONDS), sampleOf({ ...live, ...parts }, nowMs)] }),
  })
  return isDue
}

/** Asks again and again while its page is shown and something happens. */
async function poll<T>(
  part: keyof LiveParts,
  page: PageId,
  ask: () => Promise<Result<T>>,
  everyMs: number,
  arrivals: Arrivals,
  signal: AbortSignal,
): Promise<void> {
  let askedMs = 0
  while (!signal.aborted) {
    // A clock that was set back.
    if (Date.now() < askedMs) askedMs = 0
    if (currentRoute().page === page && (arrivals.newsMs() > askedMs || Date.now() - askedMs > REST_MS)) {
      askedMs = Date.now()
      arrivals.add(part, await ask())
    }
    // What another page shows first is not as old as the last visit.
    await pauseUntil(onRoute, everyMs, signal)
  }
}

/** What core saw before this page was open: the samples and the events of the last while. */
async function recall(services: Services, signal: AbortSignal): Promise<void> {
  const { scope } = useLive.getState()
  const toMs = Date.now()
  const [range, events] = await Promise.all([
    services.history.range(
      { ...scope, fromMs: toMs - KEPT_SECONDS * 1_000, toMs, points: KEPT_SECONDS, partitions: true },
      signal,
    ),
    services.history.events({ ...scope, fromMs: toMs - RECENT_MS, toMs, limit: KEPT_EVENTS }, signal),
  ])
  if (signal.aborted) return
  useLive.setState(live => {
    const firstMs = live.samples.find(sample => sample.atMs >= toMs)?.atMs ?? toMs
    const before = range.ok ? samplesOf(range.value.series).filter(sample => sample.atMs < firstMs) : []
    return {
      samples: [...before, ...live.samples.filter(sample => sample.atMs >= firstMs)].slice(-KEPT_SECONDS),
      ...(events.ok && { events: withEvents(live.events, events.value) }),
    }
  })
}

/** Newest first. What its notice needs is kept, however much happened since. */
function withEvents(known: readonly HistoryEvent[], more: readonly HistoryEvent[]): HistoryEvent[] {
  const byId = new Map([...known, ...more].map(event => [event.id, event]))
  return [...byId.values()]
    .sort((a, b) => b.id - a.id)
    .filter((event, order) => order < KEPT_EVENTS || event.kind === 'disk' || event.kind === 'damage')
}

async function follow(services: Services, happening: EventTarget, signal: AbortSignal): Promise<void> {
  const { scope } = useLive.getState()
  while (!signal.aborted) {
    for await (const result of services.history.follow(scope, signal)) {
      if (!result.ok || signal.aborted) continue
      useLive.setState(({ events }) => ({
        events: withEvents(events, [result.value]),
      }))
      happening.dispatchEvent(new Event('event'))
    }
    await pause(AGAIN_AFTER_MS, signal)
  }
}
