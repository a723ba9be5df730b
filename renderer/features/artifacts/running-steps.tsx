import Alert from '@cloudscape-design/components/alert'
import type { ArtifactsState } from '../../../shared/features/artifacts.ts'
import { linkTo } from '../../route/route.ts'

/** What runs on other files than those that are current. */
export function RunningSteps({ state: { running, current } }: { state: ArtifactsState }) {
  const others = running.filter(({ version }) => version !== current)
  if (others.length === 0) return null
  return (
    <Alert type="info" header="A job runs on the files that it was started with">
      <ul className="details">
        {others.map(({ stepId, version }) => (
          <li key={stepId}>
            {stepId}: {version ?? 'files of no version that is listed'}
          </li>
        ))}
      </ul>
      It keeps them until it ends. To give it those of the current version, end it and start it again on the{' '}
      <a href={linkTo('job')}>Job page</a>: it goes on from its checkpoint.
    </Alert>
  )
}
