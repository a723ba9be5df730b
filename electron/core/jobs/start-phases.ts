import type { Step } from '../../../shared/features/jobs.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'

/**
 * What a step goes through from its submission to the first progress of its query, in this order; Spark's own two on
 * Spark only.
 */
export const PHASES = {
  'run-process': 'Run its process',
  'start-spark': 'Start Spark',
  'start-query': 'Start the query',
  'first-trigger': 'Run its first trigger',
} as const
export type Phase = keyof typeof PHASES

/** What is seen of a step that starts. */
export interface Seen {
  state: 'PENDING' | 'RUNNING'
  /** What its log says, as far as it is in S3. */
  log: string
  /** The first progress of its query. */
  reported: QueryProgress | undefined
}

/** The phases of a step on this engine. */
export const phasesOn = (engine: Step['engine']): Phase[] =>
  engine === 'spark' ? ['run-process', 'start-spark', 'start-query', 'first-trigger'] : ['run-process', 'first-trigger']

/**
 * The phases that are over, with what shows it. The job on Spark writes a line when Spark is up and one when the query
 * has started; EMR may bring the log later than the query reports its progress, which shows that everything before it
 * is over.
 */
export function phasesOver(engine: Step['engine'], { state, log, reported }: Seen): { phase: Phase; shown: string }[] {
  if (state === 'PENDING') return []
  const version = / INFO \S+ of \S+ on Spark (\d+\.\d+\S*): /.exec(log)?.[1]
  const started = / INFO the query has started$/m.test(log)
  const byProgress = 'its first progress shows it'
  const shown: Record<Phase, string | undefined> = {
    'run-process': 'EMR says that it runs',
    'start-spark': version !== undefined ? `Spark ${version}` : started || reported ? byProgress : undefined,
    'start-query': started ? 'its log says so' : reported && byProgress,
    'first-trigger': reported && firstTrigger(reported),
  }
  const over = []
  for (const phase of phasesOn(engine)) {
    const text = shown[phase]
    if (text === undefined) break
    over.push({ phase, shown: text })
  }
  return over
}

function firstTrigger({ batchId, numInputRows, sluice }: QueryProgress): string {
  if (numInputRows === 0) return 'no record waits'
  return `batch ${batchId}, ${numInputRows} rows, committed at ${sluice.committedAt}`
}
