import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import { useState } from 'react'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'

type Asked =
  | { state: 'idle' | 'asking' }
  | { state: 'there'; url: string | null }
  | { state: 'failed'; error: AppError }

/** The history server that EMR keeps off the cluster: asked for by a click, for the first one makes it. */
export function HistoryUi({ clusterId }: { clusterId: string }) {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [asked, setAsked] = useState<Asked>({ state: 'idle' })
  const ask = async () => {
    if (!services) return
    setAsked({ state: 'asking' })
    const result = await services.jobs.historyUi({ ...scope, clusterId })
    setAsked(result.ok ? { state: 'there', url: result.value.url } : { state: 'failed', error: result.error })
  }
  if (asked.state === 'there' && asked.url !== null)
    return (
      <Link external href={asked.url} externalIconAriaLabel="opens in the browser" rel="noopener noreferrer">
        Spark history
      </Link>
    )
  return (
    <>
      <Button variant="inline-link" loading={asked.state === 'asking'} onClick={() => void ask()}>
        Get the Spark history
      </Button>
      {asked.state === 'there' && <span className="note">The history server has nothing to show yet.</span>}
      {asked.state === 'failed' && (
        <span className="note" role="status">
          {asked.error.message} {asked.error.hint}
        </span>
      )}
    </>
  )
}
