import Button from '@cloudscape-design/components/button'

interface ProvisionHeadProps {
  isPlanning: boolean
  /** A plan is applied, or the pipeline destroyed. */
  isWorking: boolean
  canDestroy: boolean
  canApply: boolean
  /** Changes that applying the plan makes. */
  toDo: number
  onPlan: () => void
  onDestroy: () => void
  onApply: () => void
}

export function ProvisionHead(props: ProvisionHeadProps) {
  const { isPlanning, isWorking, canDestroy, canApply, toDo, onPlan, onDestroy, onApply } = props
  return (
    <div className="page-head">
      <div>
        <h1>Provision</h1>
        <p>Desired and actual resources of the pipeline. Nothing is changed until you apply the plan.</p>
      </div>
      <div className="page-actions">
        <Button iconName="refresh" onClick={onPlan} loading={isPlanning}>
          Refresh plan
        </Button>
        <Button disabled={!canDestroy || isWorking} onClick={onDestroy}>
          Destroy…
        </Button>
        <Button variant="primary" disabled={!canApply} loading={isWorking} onClick={onApply}>
          {toDo > 0 ? `Apply ${toDo} ${toDo === 1 ? 'change' : 'changes'}` : 'Redeploy and reload dimensions'}
        </Button>
      </div>
    </div>
  )
}
