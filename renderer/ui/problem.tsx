import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import type { ReactNode } from 'react'
import type { AppError } from '../../shared/rpc/contract.ts'

interface ProblemProps {
  error: AppError
  retry?: (() => void) | undefined
  /** What mends it, where more than another try is needed. */
  action?: ReactNode
}

/** An expected failure: what happened, what to do, and a way to try again where that can help. */
export function Problem({ error, retry, action }: ProblemProps) {
  return (
    <Alert
      type={error.code === 'not_found' ? 'info' : 'error'}
      header={error.message}
      action={action ?? (retry && error.retryable ? <Button onClick={retry}>Try again</Button> : undefined)}
    >
      {error.details && (
        <ul className="details">
          {error.details.map(line => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {error.hint ?? 'Nothing was changed.'}
    </Alert>
  )
}
