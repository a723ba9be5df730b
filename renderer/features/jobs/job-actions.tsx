import Button from '@cloudscape-design/components/button'
import type { Step } from '../../../shared/features/jobs.ts'
import type { Engine } from '../../../shared/job/engine.ts'
import type { useWork } from '../../work/use-work.ts'

const STARTING = 'Start the job'

/**
 * Ends and starts the streaming step. Each button keeps its place, so that a second click meant for one never meets the
 * other.
 */
export function JobActions(given: {
  /** The streaming step that is pending, runs or is being ended. */
  live: Step | undefined
  engine: Engine
  /** Why the job cannot be started here at all. */
  impossible: string | undefined
  work: ReturnType<typeof useWork>
}) {
  const { live, engine, impossible, work } = given
  const busy = work.state === 'running' ? `In progress: ${work.title}` : undefined
  const ending = live?.state === 'CANCEL_PENDING' ? `${live.id} is stopping` : undefined
  // While the query of a step starts, that step may also be ended.
  const cannotEnd =
    ending ?? (live ? (work.title === STARTING ? undefined : busy) : 'The streaming query is not running')
  const cannotStart = ending ?? (live ? `${live.id} is already running` : (busy ?? impossible))
  return (
    <div className="page-actions">
      <Button
        disabled={cannotEnd !== undefined}
        {...(cannotEnd !== undefined && { disabledReason: cannotEnd })}
        onClick={() =>
          work.run('Stop the job after its batch', (services, scope, signal) => services.jobs.cancel(scope, signal))
        }
      >
        Stop after current batch
      </Button>
      <Button
        variant="primary"
        disabled={cannotStart !== undefined}
        {...(cannotStart !== undefined && { disabledReason: cannotStart })}
        onClick={() =>
          work.run(STARTING, (services, scope, signal) => services.jobs.start({ ...scope, engine }, signal))
        }
      >
        {STARTING}
      </Button>
    </div>
  )
}
