import type { PipelineScope } from '../../../../shared/features/scope.ts'
import { isOver } from '../../../../shared/features/simulator.ts'
import type { Engine } from '../../../../shared/job/engine.ts'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { type Session, take, takeEach } from '../session.ts'
import type { Display, Live } from './display.ts'

const WATCH_MS = 500
/** How often a streaming step that died is started again before the run gives up. */
const MAX_RESTARTS = 20
/** How long the run waits for a sandbox that is being started again. */
const OUTAGE_MS = 60_000

interface Following {
  /** What a step that died is started again on. */
  engine: Engine
  display: Display
  signal: AbortSignal
  /** Cancel the step once it has drained. */
  thenStop: boolean
}

/**
 * Shows the run until the simulator has sent everything and the job has committed it; a step that died is started
 * again.
 */
export async function followRun(session: Session, scope: PipelineScope, following: Following): Promise<void> {
  const { display, signal } = following
  const state: Live = {}
  const done = new AbortController()
  const watching = AbortSignal.any([signal, done.signal])
  const gauges = [
    gauge(
      session.lag.watch({ ...scope, everyMs: WATCH_MS }, watching),
      lag => (state.lag = lag),
      watching,
      () => session.lag.watch({ ...scope, everyMs: WATCH_MS }, watching),
    ),
    gauge(
      session.jobs.watch({ ...scope, everyMs: WATCH_MS }, watching),
      jobs => (state.jobs = jobs),
      watching,
      () => session.jobs.watch({ ...scope, everyMs: WATCH_MS }, watching),
    ),
  ]
  const draw = setInterval(() => display.live(state), 250)
  try {
    for await (const status of takeEach(session.simulator.watch(scope, signal))) {
      state.simulator = status
      if (status.state === 'failed') {
        throw new ExpectedError({
          code: 'failed',
          message: `The simulator failed: ${status.reason ?? 'no reason given'}`,
          retryable: true,
        })
      }
      if (isOver(status.state)) break
    }
    state.simulator = take(await session.simulator.stop(scope, signal))
    await drain(session, scope, following)
  } finally {
    clearInterval(draw)
    done.abort()
    await Promise.all(gauges)
    display.live(state)
    display.endLive()
  }
}

/** Keeps a gauge going: while the sandbox is down it shows what was last known, and asks again. */
async function gauge<T>(
  first: AsyncIterable<{ ok: true; value: T } | { ok: false; error: { code: string } }>,
  set: (value: T) => void,
  signal: AbortSignal,
  again: () => AsyncIterable<{ ok: true; value: T } | { ok: false; error: { code: string } }>,
): Promise<void> {
  let results = first
  while (!signal.aborted) {
    for await (const result of results) if (result.ok) set(result.value)
    if (signal.aborted) return
    await new Promise(resolve => setTimeout(resolve, WATCH_MS))
    results = again()
  }
}

async function drain(
  session: Session,
  scope: PipelineScope,
  { display, signal, thenStop, engine }: Following,
): Promise<void> {
  const outageEnds = performance.now() + OUTAGE_MS
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const event of takeEach(session.jobs.drain({ ...scope, thenStop }, signal))) {
        if (event.state !== 'running') display.work(event)
      }
      return
    } catch (error) {
      if (!(error instanceof ExpectedError) || signal.aborted) throw error
      const { code, message, retryable } = error.error
      const outage = code === 'unavailable' && performance.now() < outageEnds
      if (!retryable || (!outage && attempt >= MAX_RESTARTS)) throw error
      display.line(`  ! ${message}`)
      if (code === 'conflict') await restart(session, { ...scope, engine }, display, signal)
      else await new Promise(resolve => setTimeout(resolve, WATCH_MS))
    }
  }
}

/** The step goes on from its checkpoint; what keeps it from starting is reported and tried again by the caller. */
async function restart(
  session: Session,
  job: PipelineScope & { engine: Engine },
  display: Display,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const event of takeEach(session.jobs.start(job, signal))) display.work(event)
  } catch (error) {
    if (!(error instanceof ExpectedError) || !error.error.retryable) throw error
    display.line(`  ! ${error.message}`)
  }
}
