import type { JobsView } from '../../../shared/features/jobs.ts'
import type { Lag } from '../../../shared/features/lag.ts'
import type { ProgramState } from '../../../shared/features/programs.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import { type Known, STALE_MS } from '../../live/parts.ts'

/** An error that is younger than this may be one of a moment. */
const ERROR_MS = 5_000

/**
 * Since when the state is not known any more, epoch ms: the console has no connection, the sandbox is away, or a part has
 * not answered for a while. Undefined while all is up to date, and while nothing was known yet.
 */
export function staleSince(
  parts: { stream: Known<StreamDescription>; lag: Known<Lag>; jobs: Known<JobsView> },
  around: { lostSinceMs: number | undefined; sandbox: Pick<ProgramState, 'state' | 'since'> | undefined },
  nowMs: number,
): number | undefined {
  if (!parts.stream.value || !parts.jobs.value) return undefined
  const { lostSinceMs, sandbox } = around
  const old = Object.values(parts).flatMap(({ receivedMs, error }) =>
    receivedMs !== undefined && nowMs - receivedMs > (error ? ERROR_MS : STALE_MS) ? [receivedMs] : [],
  )
  const awayMs = sandbox && sandbox.state !== 'running' ? [Date.parse(sandbox.since)] : []
  const since = [...(lostSinceMs === undefined ? [] : [lostSinceMs]), ...awayMs, ...old]
  return since.length === 0 ? undefined : Math.min(...since)
}
