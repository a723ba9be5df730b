import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { Cluster } from '../../../shared/features/jobs.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { Problem } from '../../ui/problem.tsx'
import type { useWork } from '../../work/use-work.ts'
import { AddStep, type NewStep } from './add-step.tsx'
import { Terminate } from './terminate.tsx'

/** Adds a step, turns termination protection on and off, terminates the cluster. */
export function ClusterActions({ cluster, work }: { cluster: Cluster; work: ReturnType<typeof useWork> }) {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [dialog, setDialog] = useState<'add' | 'terminate'>()
  const [failure, setFailure] = useState<AppError>()
  const clusterId = cluster.id
  const busy = work.state === 'running'
  const close = () => setDialog(undefined)
  const protect = async (on: boolean) => {
    const result = await services?.jobs.protect({ ...scope, clusterId, on })
    if (result) setFailure(result.ok ? undefined : result.error)
  }
  const addStep = (step: NewStep) => {
    close()
    void work.run(`Add step ${step.name}`, (services, scope, signal) =>
      services.jobs.addStep({ ...scope, clusterId, ...step }, signal),
    )
  }
  const terminate = (confirm: string) => {
    close()
    void work.run(`Terminate ${cluster.name}`, (services, scope, signal) =>
      services.jobs.terminate({ ...scope, clusterId, confirm }, signal),
    )
  }
  return (
    <>
      <div className="card-actions">
        <Button disabled={busy} onClick={() => setDialog('add')}>
          Add step…
        </Button>
        <Button onClick={() => protect(!cluster.protected)}>
          {cluster.protected ? 'Turn off termination protection' : 'Turn on termination protection'}
        </Button>
        <Button disabled={busy || cluster.protected} onClick={() => setDialog('terminate')}>
          Terminate…
        </Button>
      </div>
      {failure && <Problem error={failure} />}
      {dialog === 'add' && <AddStep onCancel={close} onConfirm={addStep} />}
      {dialog === 'terminate' && <Terminate cluster={cluster} onCancel={close} onConfirm={terminate} />}
    </>
  )
}
