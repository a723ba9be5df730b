import type { ExecutorLoss } from '../../../../shared/features/jobs.ts'

/**
 * `26/11/25 18:37:50 ERROR TaskSchedulerImpl: Lost executor 0 on 10.0.0.1: Command exited with code 137`; on a cluster,
 * `YarnScheduler`.
 */
const LOST = /^(\S+ \S+ )?.*\bLost executor (\S+) on (\S+?): (.*)$/
const FOR_MEMORY = /\b137\b|memory|OutOfMemory|OOM/i
/** Kept of one log, the newest. */
const MOST = 50

/** The executors that a log says were lost, oldest first; each once, though its tasks report it again. */
export function lossesIn(file: 'stdout' | 'stderr', text: string): ExecutorLoss[] {
  const found = new Map<string, ExecutorLoss>()
  text.split('\n').forEach((line, place) => {
    const [, loggedAt = '', executor, host, reason] = LOST.exec(line) ?? []
    if (executor === undefined || host === undefined || reason === undefined) return
    found.set(executor, {
      executor,
      host,
      reason: reason.trim().slice(0, 400),
      forMemory: FOR_MEMORY.test(reason),
      loggedAt: loggedAt.trim(),
      evidence: { file, line: place + 1, text: line.trim().slice(0, 400) },
    })
  })
  return [...found.values()].slice(-MOST)
}
