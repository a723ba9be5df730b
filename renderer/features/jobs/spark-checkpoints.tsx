import Button from '@cloudscape-design/components/button'
import { type Preflight, SparkAddress } from '../../../shared/features/checkpoint.ts'
import { useHidden } from '../../live/targets.ts'

interface SparkCheckpointsProps {
  steps: Preflight['sparkSteps']
  /** The one that the card shows; undefined for the console's own. */
  looked: string | undefined
  look: (address: string | undefined) => void
}

/** Checkpoints of Spark's own, as steps of the pipeline name them, to be looked at in the place of the console's. */
export function SparkCheckpoints({ steps, looked, look }: SparkCheckpointsProps) {
  const hidden = useHidden()
  if (steps.length === 0) return null
  const newest = steps.filter((step, place) => steps.findIndex(other => other.address === step.address) === place)
  return (
    <>
      <h3>Checkpoints of Spark's own</h3>
      <p className="note">
        Steps with file sinks (parquet, json) or EMR's connector keep theirs where --spark-checkpoint says. The ledger
        covers warehouse sinks only; what Spark's progress counted of the others is said with their checkpoint.
      </p>
      <ul className="plain">
        {looked !== undefined && (
          <li>
            <Button variant="inline-link" onClick={() => look(undefined)}>
              Back to the console's own checkpoint
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
                disabled={looked === step.address}
                ariaLabel={`Look at ${step.address}`}
                onClick={() => look(step.address)}
              >
                {looked === step.address ? 'Shown above' : 'Look at it'}
              </Button>
            ) : (
              <span className="note">It is not in S3: only the machine that runs Spark can look at it.</span>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
