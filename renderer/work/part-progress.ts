import { isPause, type WorkEvent } from '../../shared/features/scope.ts'
import type { Work } from './use-work.ts'

/** Of the part that is under way: steps done, steps in all where that is known, and the step that runs. */
export function partProgress({ steps, parts }: Pick<Work, 'steps' | 'parts'>): {
  done: number
  total: number | undefined
  now: WorkEvent | undefined
} {
  const ofPart = steps.slice(parts.firstStep)
  return {
    done: ofPart.filter(step => step.state !== 'running' && !isPause(step)).length,
    total: ofPart.findLast(step => step.total !== undefined)?.total,
    now: ofPart.findLast(step => step.state === 'running'),
  }
}
