import { create } from 'zustand'
import type { JobsView } from '../../shared/features/jobs.ts'
import type { Lag } from '../../shared/features/lag.ts'
import type { Latency, Ledger } from '../../shared/features/ledger.ts'
import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Services } from '../../shared/features/services.ts'
import type { SimulatorStatus } from '../../shared/features/simulator.ts'
import type { StreamDescription } from '../../shared/features/stream.ts'
import type { AppError, Result } from '../../shared/rpc/contract.ts'
import { useConnection } from './connection.ts'

/** What is known of one part now: its value, when it arrived here, and why there is no newer one. */
export interface Known<T> {
  value?: T
  receivedMs?: number
  error?: AppError
}

/** One second of the pipeline, for the charts. Absent where a part did not answer. Rates are records per second. */
export interface Sample {
  atMs: number
  sentPerSecond?: number
  acceptedPerSecond?: number
  throttledPerSecond?: number
  readPerSecond?: number
  behindRecords?: number
  behindMs?: number
  shards: Record<string, { behindRecords: number; behindMs: number; received: number }>
}

interface Live {
  scope: PipelineScope
  simulator: Known<SimulatorStatus>
  stream: Known<StreamDescription>
  lag: Known<Lag>
  jobs: Known<JobsView>
  ledger: Known<Ledger>
  latency: Known<Latency>
  samples: Sample[]
}

/** The charts show this much, since the page was opened. */
export const KEPT_SECONDS = 900
const LEDGER_EVERY_MS = 4_000
const LATENCY_EVERY_MS = 10_000
const AGAIN_AFTER_MS = 2_000

export const useLive = create<Live>(() => ({
  scope: { target: 'sandbox', pipeline: 'food-delivery' },
  simulator: {},
  stream: {},
  lag: {},
  jobs: {},
  ledger: {},
  latency: {},
  samples: [],
}))

type Part = 'simulator' | 'stream' | 'lag' | 'jobs' | 'ledger' | 'latency'

/** Follows all parts of the pipeline while the page is connected and can be seen. Returns what ends it. */
export function followPipeline(): () => void {
  let abort: AbortController | undefined
  const restart = () => {
    const { services } = useConnection.getState()
    const wanted = services !== undefined && !document.hidden
    abort?.abort()
    abort = undefined
    if (!wanted) return
    abort = new AbortController()
    begin(services, abort.signal)
  }
  const unsubscribe = useConnection.subscribe(restart)
  document.addEventListener('visibilitychange', restart)
  restart()
  return () => {
    unsubscribe()
    document.removeEventListener('visibilitychange', restart)
    abort?.abort()
  }
}

function begin(services: Services, signal: AbortSignal): void {
  const { scope } = useLive.getState()
  const every = { ...scope, everyMs: 1_000 }
  void watch('simulator', () => services.simulator.watch(scope, signal), signal)
  void watch('stream', () => services.stream.watch(every, signal), signal)
  void watch('lag', () => services.lag.watch(every, signal), signal)
  void watch('jobs', () => services.jobs.watch(every, signal), signal)
  void poll('ledger', () => services.ledger.read(scope, signal), LEDGER_EVERY_MS, signal)
  void poll('latency', () => services.ledger.latency(scope, signal), LATENCY_EVERY_MS, signal)
  const sampling = setInterval(takeSample, 1_000)
  signal.addEventListener('abort', () => clearInterval(sampling))
}

function know<T>(part: Part, result: Result<T>): void {
  useLive.setState(live => ({
    [part]: result.ok ? { value: result.value, receivedMs: Date.now() } : { ...live[part], error: result.error },
  }))
}

/** A stream that ends or fails is asked for again: its part may come into being later. */
async function watch<T>(part: Part, start: () => AsyncIterable<Result<T>>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for await (const result of start()) if (!signal.aborted) know(part, result)
    await pause(AGAIN_AFTER_MS, signal)
  }
}

async function poll<T>(part: Part, ask: () => Promise<Result<T>>, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const result = await ask()
    if (!signal.aborted) know(part, result)
    await pause(everyMs, signal)
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

/** Older than this, a value says nothing about now. */
const FRESH_MS = 5_000

function takeSample(): void {
  const atMs = Date.now()
  const { simulator, lag, jobs, samples } = useLive.getState()
  const fresh = <T>({ value, receivedMs }: Known<T>) =>
    receivedMs !== undefined && atMs - receivedMs < FRESH_MS ? value : undefined
  const sending = fresh(simulator)
  const behind = fresh(lag)
  const progress = fresh(jobs)?.progress
  const committedMs = progress ? Date.parse(progress.sluice.committedAt) : 0
  const sample: Sample = {
    atMs,
    ...(sending && {
      sentPerSecond: sending.rates.sentPerSecond,
      acceptedPerSecond: sending.rates.acceptedPerSecond,
      throttledPerSecond: sending.rates.throttledPerSecond,
    }),
    ...(progress && { readPerSecond: atMs - committedMs < FRESH_MS ? progress.inputRowsPerSecond : 0 }),
    ...(behind && { behindRecords: behind.total.behindRecords ?? 0, behindMs: behind.total.behindMs ?? 0 }),
    shards: Object.fromEntries(
      (behind?.shards ?? []).map(shard => [
        shard.shardId,
        {
          behindRecords: shard.behindRecords ?? 0,
          behindMs: shard.behindMs ?? 0,
          received: shard.readRecords + (shard.behindRecords ?? 0),
        },
      ]),
    ),
  }
  useLive.setState({ samples: [...samples.slice(1 - KEPT_SECONDS), sample] })
}
