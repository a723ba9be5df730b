import type { JobsView } from '../../../shared/features/jobs.ts'
import type { Lag } from '../../../shared/features/lag.ts'
import type { ProgramState } from '../../../shared/features/programs.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import { type Known, STALE_MS } from '../../live/parts.ts'

/** An error that is younger than this may be one of a moment. */
const ERROR_MS = 5_000

/** What all parts depend on: when the connection to core was lost, epoch ms, and the sandbox if it is the target. */
export interface Around {
  lostSinceMs: number | undefined
  sandbox: Pick<ProgramState, 'state' | 'since'> | undefined
}

/**
 * Since when a part's state is not known any more, epoch ms: the console has no connection, the sandbox is away, or the
 * part has not answered for `staleMs`. Undefined while it is up to date, and while nothing was known of it yet.
 */
export function partStaleSince(
  { value, receivedMs, error }: Known<unknown>,
  { lostSinceMs, sandbox }: Around,
  nowMs: number,
  staleMs = STALE_MS,
): number | undefined {
  if (value === undefined) return undefined
  const isOld = receivedMs !== undefined && nowMs - receivedMs > (error ? ERROR_MS : staleMs)
  return earliest([
    lostSinceMs,
    sandbox && sandbox.state !== 'running' ? Date.parse(sandbox.since) : undefined,
    isOld ? receivedMs : undefined,
  ])
}

/** The same of the pipeline's state, which needs all three parts. */
export function staleSince(
  parts: { stream: Known<StreamDescription>; lag: Known<Lag>; jobs: Known<JobsView> },
  around: Around,
  nowMs: number,
): number | undefined {
  if (!parts.stream.value || !parts.jobs.value) return undefined
  return earliest(Object.values(parts).map(part => partStaleSince(part, around, nowMs)))
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
