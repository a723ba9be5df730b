import Button from '@cloudscape-design/components/button'
import { type Preflight, SparkAddress } from '../../../shared/features/checkpoint.ts'
import { useHidden } from '../../live/targets.ts'

interface SparkCheckpointsProps {
  steps: Preflight['sparkSteps']
  /** The one that the card shows; undefined for the console's own. */
  shown: string | undefined
  show: (address: string | undefined) => void
}

/** Checkpoints of Spark's own, as steps of the pipeline name them, to be shown in the place of the console's. */
export function SparkCheckpoints({ steps, shown, show }: SparkCheckpointsProps) {
  const hidden = useHidden()
  if (steps.length === 0) return null
  const newest = steps.filter((step, place) => steps.findIndex(other => other.address === step.address) === place)
  return (
    <>
      <h3>Checkpoints of Spark's own</h3>
      <p className="note">
        Steps with file sinks (parquet, json) or EMR's connector keep theirs at the address of --spark-checkpoint. The
        ledger covers warehouse sinks only; the counts of the others are shown with their checkpoint.
      </p>
      <ul className="plain">
        {shown !== undefined && (
          <li>
            <Button variant="inline-link" onClick={() => show(undefined)}>
              Show the console's own checkpoint
            </Button>
          </li>
        )}
        {newest.map(step => (
          <li key={step.address}>
            {hidden(step.address)}, step {step.stepId} ({step.state.toLowerCase()}), sink {step.sink ?? 'of the spec'}
            {step.output && `, below ${hidden(step.output)}`}.{' '}
            {SparkAddress.safeParse(step.address).success ? (
              <Button
                variant="inline-link"
                disabled={shown === step.address}
                ariaLabel={`Show ${step.address}`}
                onClick={() => show(step.address)}
              >
                {shown === step.address ? 'Shown above' : 'Show'}
              </Button>
            ) : (
              <span className="note">Not in S3: only the machine that runs Spark can read it.</span>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
