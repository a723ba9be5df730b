import { duration } from '../ui/format.ts'
import { useNow } from '../ui/now.ts'
import { partProgress } from './part-progress.ts'
import type { Work } from './use-work.ts'

/** How far a piece of work is, what it does just now, and for how long it has been at it. */
export function WorkProgress({ work }: { work: Work }) {
  const elapsed = useElapsed(work)
  const { done, total, now } = partProgress(work)
  const { parts } = work
  const part = parts.count > 1 ? `, part ${parts.now + 1} of ${parts.count}` : ''
  return (
    <>
      <progress
        className="whole"
        aria-label={work.title}
        {...(total !== undefined && { value: (parts.now + done / total) / parts.count })}
      />
      <div className="work-now">
        <span>
          {done}
          {total !== undefined && ` of ${total}`} steps done{part}
          {now && (
            <span className="note">
              {' '}
              {now.title}
              {now.detail && `: ${now.detail}`}
            </span>
          )}
        </span>
        <span className="elapsed note">{elapsed} elapsed</span>
      </div>
    </>
  )
}

/** In whole seconds while it goes on. */
function useElapsed({ startedMs }: Work): string {
  return useNow(nowMs => duration(Math.max(0, Math.floor((nowMs - startedMs) / 1_000) * 1_000)))
}

/** What became of it, in a line. */
export function workSummary({ steps, startedMs, endedMs = startedMs }: Work): string {
  const of = (state: string) => steps.filter(step => step.state === state).length
  const counted = [
    [of('done'), 'done'],
    [of('skipped'), 'up to date'],
    [of('failed'), 'failed'],
  ].flatMap(([number, word]) => (number ? [`${number} ${word}`] : []))
  return `${counted.join(', ') || 'no steps'}; took ${duration(endedMs - startedMs)}`
}
