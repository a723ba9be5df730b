import Link from '@cloudscape-design/components/link'
import { useCallback } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { useRepeat } from '../../live/use-repeat.ts'

/** Until the application has its UI; and after that, for an address of AWS expires. */
const AGAIN_MS = 3_000
const RENEW_MS = 300_000

/** The Spark UI of the application that runs on a cluster, one click away. */
export function SparkUiLink({ clusterId }: { clusterId: string }) {
  const asked = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal) =>
        services.jobs.applicationUi({ ...scope, clusterId }, signal),
      [clusterId],
    ),
  )
  const { reload, value, state } = asked
  const known = Boolean(value?.url)
  // A call that takes its time is let end: another would take its place.
  useRepeat(reload, state === 'loading' ? undefined : known ? RENEW_MS : AGAIN_MS)
  if (asked.state === 'failed')
    return <span title={asked.error.hint}>The Spark UI is not available: {asked.error.message}</span>
  if (!value?.url) return <span>The Spark UI is available once the application runs.</span>
  return (
    <Link external href={value.url} externalIconAriaLabel="opens in the browser" rel="noopener noreferrer">
      Spark UI
    </Link>
  )
}
