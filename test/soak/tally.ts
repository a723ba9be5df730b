import { ACT_KINDS, type ActKind } from './plan.ts'

/** What happened so far. */
export interface Tally {
  acts: Record<ActKind, number>
  /** Acts that found nothing to act on. */
  passed: number
  /** How often the simulator was started again. */
  simulatorStarts: number
  jobStarts: number
  pages: number
  inspections: number
  /** Inspections and pages that found core just gone, which may be. */
  metAnOutage: number
  doubleStartsRefused: number
  recoveries: number
  longestRecoveryMs: number
  /** What must not be, in words; each kind once, with how often. */
  problems: Map<string, number>
}

export const newTally = (): Tally => ({
  acts: Object.fromEntries(ACT_KINDS.map(kind => [kind, 0])) as Record<ActKind, number>,
  passed: 0,
  simulatorStarts: 0,
  jobStarts: 0,
  pages: 0,
  inspections: 0,
  metAnOutage: 0,
  doubleStartsRefused: 0,
  recoveries: 0,
  longestRecoveryMs: 0,
  problems: new Map(),
})

const MOST_PROBLEMS = 100

export function addProblem({ problems }: Tally, text: string): void {
  if (problems.has(text) || problems.size < MOST_PROBLEMS) problems.set(text, (problems.get(text) ?? 0) + 1)
}
