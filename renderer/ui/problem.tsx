import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import type { AppError } from '../../shared/rpc/contract.ts'

/** An expected failure: what happened, what to do, and a way to try again where that can help. */
export function Problem({ error, retry }: { error: AppError; retry?: (() => void) | undefined }) {
  return (
    <Alert
      type={error.code === 'not_found' ? 'info' : 'error'}
      header={error.message}
      action={retry && error.retryable ? <Button onClick={retry}>Try again</Button> : undefined}
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
