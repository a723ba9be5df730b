import Button from '@cloudscape-design/components/button'
import type { WorkEvent } from '../../shared/features/scope.ts'
import { clock } from '../ui/format.ts'
import { Problem } from '../ui/problem.tsx'
import { Status, type StatusType } from '../ui/status.tsx'
import type { Work } from './use-work.ts'
import { WorkProgress, workSummary } from './work-progress.tsx'

const TYPES: Record<WorkEvent['state'], StatusType> = {
  running: 'in-progress',
  done: 'success',
  skipped: 'stopped',
  failed: 'error',
}
const ENDS: Record<Exclude<Work['state'], 'idle'>, string> = {
  running: 'in progress',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled; completed steps are kept, and the next run continues from there',
}

interface WorkStepsProps {
  work: Work
  cancel: () => void
  /** With its progress while it runs; done, only a line of it stays, and the rest is behind a click. */
  folds?: boolean
}

/** A long piece of work: its steps, its log, and the way to cancel it. Nothing while there is none. */
export function WorkSteps({ work, cancel, folds = false }: WorkStepsProps) {
  if (work.state === 'idle') return null
  const heading = (
    <h2>
      {work.title}: {ENDS[work.state]}
    </h2>
  )
  if (folds && work.state === 'done' && !work.steps.some(step => step.state === 'failed'))
    return (
      <section className="card" aria-live="polite">
        <details className="folded">
          <summary>
            {heading}
            <span className="note">{workSummary(work)}</span>
          </summary>
          <Steps work={work} />
        </details>
      </section>
    )
  return (
    <section className="card" aria-live="polite">
      <div className="card-head">
        {heading}
        {folds && work.state !== 'running' && <span className="note">{workSummary(work)}</span>}
        {work.state === 'running' && (
          <span className="note">
            <Button onClick={cancel}>Cancel</Button>
          </span>
        )}
      </div>
      {folds && work.state === 'running' && <WorkProgress work={work} />}
      {work.error && <Problem error={work.error} />}
      <Steps work={work} />
    </section>
  )
}

function Steps({ work }: { work: Work }) {
  return (
    <>
      <ul className="steps">
        {work.steps.map(step => (
          <li key={step.step}>
            <Status type={typeOf(work, step)}>
              {step.state}
              {step.fraction !== undefined && step.state === 'running' && ` ${Math.floor(step.fraction * 100)} %`}
            </Status>
            <span>
              {step.title}
              {step.detail && <span className="note"> {step.detail}</span>}
              {step.fraction !== undefined && step.state === 'running' && work.state === 'running' && (
                <progress value={step.fraction} aria-label={step.title} />
              )}
            </span>
          </li>
        ))}
      </ul>
      <details>
        <summary className="note">Log, {work.log.length} lines</summary>
        <pre className="log">
          {work.log
            .map(
              event => `${clock(Date.parse(event.at))} ${event.state.padEnd(8)} ${event.title} ${event.detail ?? ''}`,
            )
            .join('\n')}
        </pre>
      </details>
    </>
  )
}

/** A step that ran when the work ended did not come to its end. */
function typeOf(work: Work, step: WorkEvent): StatusType {
  if (step.state !== 'running' || work.state === 'running') return TYPES[step.state]
  return work.state === 'failed' ? 'error' : 'stopped'
}
