import Button from '@cloudscape-design/components/button'
import type { SimulatorStatus } from '../../../shared/features/simulator.ts'
import { capital, useEventWords } from '../../live/use-pipeline.ts'
import { Status, type StatusType } from '../../ui/status.tsx'

const TYPES: Partial<Record<SimulatorStatus['state'], StatusType>> = {
  running: 'success',
  paused: 'pending',
  resolving: 'in-progress',
  stopping: 'in-progress',
  failed: 'error',
}

interface SimulatorHeadProps {
  status: SimulatorStatus | undefined
  /** It was started and has not ended. */
  isActive: boolean
  busy: boolean
  canStart: boolean
  onStart: () => void
  onPause: () => void
  onResume: () => void
  onStop: () => void
}

/** The state of the simulator, and what can be done with it now. */
export function SimulatorHead(props: SimulatorHeadProps) {
  const { status, isActive, busy, canStart, onStart, onPause, onResume, onStop } = props
  const { plural } = useEventWords()
  return (
    <div className="page-head">
      <div>
        <h1>Simulator</h1>
        <p>{capital(plural)} generated from the dimension files; the same seed generates the same events.</p>
      </div>
      <div className="page-actions">
        {status && <Status type={TYPES[status.state] ?? 'stopped'}>{status.state}</Status>}
        {status?.state === 'running' && (
          <Button disabled={busy} onClick={onPause}>
            Pause
          </Button>
        )}
        {status?.state === 'paused' && (
          <Button disabled={busy} onClick={onResume}>
            Resume
          </Button>
        )}
        {isActive ? (
          <Button variant="primary" loading={busy || status?.state === 'stopping'} onClick={onStop}>
            Stop
          </Button>
        ) : (
          <Button variant="primary" loading={busy} disabled={!canStart} onClick={onStart}>
            Start
          </Button>
        )}
      </div>
    </div>
  )
}
