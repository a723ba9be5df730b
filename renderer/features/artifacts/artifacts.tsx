import { useState } from 'react'
import type { ArtifactsState } from '../../../shared/features/artifacts.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Problem } from '../../ui/problem.tsx'
import { useWork } from '../../work/use-work.ts'
import { WorkSteps } from '../../work/work-steps.tsx'
import { ArtifactFigures } from './artifact-figures.tsx'
import { ArtifactsHead } from './artifacts-head.tsx'
import './artifacts.css'
import { DiffCard } from './diff-card.tsx'
import { RunningSteps } from './running-steps.tsx'
import { VersionTable } from './version-table.tsx'
import { WheelhouseCard } from './wheelhouse-card.tsx'

const readState = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.artifacts.state(scope, signal)

/** What is deployed, what was before, how what is here differs, and the ways from one to the other. */
export default function Artifacts() {
  const state = useCall(readState)
  const work = useWork()
  const [backTo, setBackTo] = useState<string>()
  const [shown, setShown] = useState<string>()
  const artifacts = state.value
  const isWorking = work.state === 'running'

  const deploy = async () => {
    if (!artifacts) return
    await work.run('Deploy the artifacts', (services, scope, signal) =>
      services.artifacts.deploy({ ...scope, shown: artifacts.current }, signal),
    )
    state.reload()
  }
  const back = async (to: string) => {
    setBackTo(undefined)
    if (!artifacts) return
    await work.run(`Go back to ${to}`, (services, scope, signal) =>
      services.artifacts.back({ ...scope, shown: artifacts.current, to }, signal),
    )
    state.reload()
  }
  const before = artifacts?.versions.find(({ id }) => id === artifacts.current)?.before ?? undefined
  return (
    <div className="page">
      <ArtifactsHead
        isReading={state.state === 'loading'}
        isWorking={isWorking}
        toDeploy={artifacts ? countToDeploy(artifacts) : undefined}
        before={before}
        onRead={state.reload}
        onBack={setBackTo}
        onDeploy={() => void deploy()}
      />
      {state.state === 'failed' && <Problem error={state.error} retry={state.reload} />}
      <WorkSteps work={work} cancel={work.cancel} folds />
      {artifacts && <RunningSteps state={artifacts} />}
      {artifacts && <ArtifactFigures state={artifacts} />}
      <DiffCard state={artifacts} shown={shown} onShow={setShown} />
      <VersionTable state={artifacts} isWorking={isWorking} chosen={shown} onChoose={setShown} onBack={setBackTo} />
      {artifacts && <WheelhouseCard state={artifacts} />}
      {backTo !== undefined && (
        <Dialog
          header={`Go back to ${backTo}`}
          action="Make it current"
          ready
          onCancel={() => setBackTo(undefined)}
          onConfirm={() => void back(backTo)}
        >
          <p>
            Nothing is uploaded: the next step and the next load of the dimensions take the files of this version. A
            step that runs keeps those it was started with.
          </p>
        </Dialog>
      )}
    </div>
  )
}

const countToDeploy = ({ changes }: ArtifactsState): number => changes.filter(({ state }) => state !== 'same').length
