import Button from '@cloudscape-design/components/button'

interface ArtifactsHeadProps {
  isReading: boolean
  isWorking: boolean
  /** How many files differ from the current version; undefined while it is not known. */
  toDeploy: number | undefined
  /** The version before the current one. */
  before: string | undefined
  onRead: () => void
  onBack: (to: string) => void
  onDeploy: () => void
}

export function ArtifactsHead(props: ArtifactsHeadProps) {
  const { isReading, isWorking, toDeploy, before, onRead, onBack, onDeploy } = props
  return (
    <div className="page-head">
      <div>
        <h1>Artifacts</h1>
        <p>What the bucket of the artifacts has for the job and the warehouse, by content, and every version before.</p>
      </div>
      <div className="page-actions">
        <Button iconName="refresh" onClick={onRead} loading={isReading}>
          Compare again
        </Button>
        <Button disabled={before === undefined || isWorking} onClick={() => before !== undefined && onBack(before)}>
          Back to the version before…
        </Button>
        <Button variant="primary" disabled={toDeploy === undefined} loading={isWorking} onClick={onDeploy}>
          {toDeploy ? `Deploy ${toDeploy} ${toDeploy === 1 ? 'file' : 'files'}` : 'Deploy'}
        </Button>
      </div>
    </div>
  )
}
