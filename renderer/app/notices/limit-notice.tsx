import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { WARN_BEFORE_MS } from '../../../shared/features/cost.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { useFollow } from '../../live/use-follow.ts'
import { absolute, duration } from '../../ui/format.ts'
import { useNow } from '../../ui/now.ts'

const followSwitch = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.cost.watchSwitch(scope, signal)
const [FIRST_MS, LAST_MS] = WARN_BEFORE_MS
const HOURS_MORE = 1

/** Minutes before a schedule stops the cluster, with a click that moves it on; louder in the last of them. */
export function LimitNotice() {
  const { value } = useFollow(followSwitch)
  return value?.stopAt && value.clusterId ? (
    <Ending stopMs={Date.parse(value.stopAt)} cluster={value.clusterId} />
  ) : null
}

function Ending({ stopMs, cluster }: { stopMs: number; cluster: string }) {
  const left = useNow(nowMs => {
    const ms = stopMs - nowMs
    return ms > FIRST_MS ? 'far' : ms <= 0 ? 'over' : `${ms <= LAST_MS ? 'bad' : 'warning'} ${Math.ceil(ms / 60_000)}`
  })
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [error, setError] = useState<AppError>()
  const [isAsking, setAsking] = useState(false)
  if (left === 'far' || left === 'over') return null
  const [state = 'warning', minutes] = left.split(' ')
  const extend = async () => {
    if (!services) return
    setAsking(true)
    const result = await services.cost.extend({ ...scope, hours: HOURS_MORE })
    setAsking(false)
    setError(result.ok ? undefined : result.error)
  }
  return (
    <div className="notice" data-state={state} role={state === 'bad' ? 'alert' : 'status'}>
      <span title={absolute(stopMs)}>
        EventBridge Scheduler stops the cluster {cluster} in {duration(Number(minutes) * 60_000)}: its limit is reached.
        {error && ` It was not moved on: ${error.message}`}
      </span>{' '}
      <Button variant="inline-link" loading={isAsking} onClick={() => void extend()}>
        {HOURS_MORE} hour more
      </Button>
    </div>
  )
}
