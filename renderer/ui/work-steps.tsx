import Button from '@cloudscape-design/components/button'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { WorkEvent } from '../../shared/features/scope.ts'
import type { Work } from '../app/use-work.ts'
import { clock } from './format.ts'
import { Problem } from './problem.tsx'

const TYPES: Record<WorkEvent['state'], StatusIndicatorProps.Type> = {
  running: 'in-progress',
  done: 'success',
  skipped: 'stopped',
  failed: 'error',
}
const ENDS: Record<Exclude<Work['state'], 'idle'>, string> = {
  running: 'under way',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled; what was done stays, and the next run goes on from there',
}

/** A long piece of work: its steps, its log, and the way to cancel it. Nothing while there is none. */
export function WorkSteps({ work, cancel }: { work: Work; cancel: () => void }) {
  if (work.state === 'idle') return null
  return (
    <section className="card" aria-live="polite">
      <div className="card-head">
        <h2>
          {work.title}: {ENDS[work.state]}
        </h2>
        {work.state === 'running' && (
          <span className="note">
            <Button onClick={cancel}>Cancel</Button>
          </span>
        )}
      </div>
      <ul className="steps">
        {work.steps.map(step => (
          <li key={step.step}>
            <StatusIndicator
              type={work.state === 'cancelled' && step.state === 'running' ? 'stopped' : TYPES[step.state]}
            >
              {step.state}
              {step.fraction !== undefined && step.state === 'running' && ` ${Math.floor(step.fraction * 100)} %`}
            </StatusIndicator>
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
      {work.error && <Problem error={work.error} />}
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
    </section>
  )
}
