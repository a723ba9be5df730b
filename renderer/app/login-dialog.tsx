import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import Modal from '@cloudscape-design/components/modal'
import { useEffect } from 'react'
import type { LoginEvent } from '../../shared/features/targets.ts'
import { beginLogin, endLogin, type LoginWanted, useLogin } from '../live/login.ts'
import { absolute, duration } from '../ui/format.ts'
import { useNow } from '../ui/now.ts'
import { Problem } from '../ui/problem.tsx'
import './login-dialog.css'

type Waiting = LoginEvent & { state: 'waiting' }

/** The login that is under way: the address, the code and the time left. Escape or Cancel ends it. */
export function LoginDialog() {
  const { wanted, event, error, way } = useLogin()
  if (!wanted) return null
  const isOver = error !== undefined || event?.state === 'done'
  return (
    <Modal
      visible
      header={`Log in to ${wanted.name}`}
      onDismiss={endLogin}
      closeAriaLabel="Close"
      footer={
        <div className="dialog-actions">
          {!isOver && way === 'browser' && (
            <Button variant="link" onClick={() => beginLogin(wanted, 'device-code')}>
              Use a code instead
            </Button>
          )}
          {error && (
            <Button variant="primary" onClick={() => beginLogin(wanted, way)}>
              Log in again
            </Button>
          )}
          <Button variant={isOver && !error ? 'primary' : 'normal'} onClick={endLogin}>
            {isOver ? 'Close' : 'Cancel'}
          </Button>
        </div>
      }
    >
      <div className="login" aria-live="polite">
        <Progress wanted={wanted} event={event} hasFailed={error !== undefined} />
        {error && <Problem error={error} />}
      </div>
    </Modal>
  )
}

function Progress(props: { wanted: LoginWanted; event: LoginEvent | undefined; hasFailed: boolean }) {
  const { wanted, event, hasFailed } = props
  if (hasFailed) return null
  if (event?.state === 'waiting') return <Wait event={event} />
  if (event?.state === 'done')
    return (
      <>
        <Alert type="success" header={`Logged in to ${event.name}`}>
          Until {absolute(Date.parse(event.until))}
          {event.renewed ? '; it is renewed by itself while the session lasts.' : '.'} The AWS CLI is logged in, too.
        </Alert>
        {event.warning !== null && <Alert type="warning">{event.warning}</Alert>}
      </>
    )
  return (
    <p>
      Asking IAM Identity Center for the page to log in at, for{' '}
      {wanted.profile === undefined ? wanted.name : `the profile ${wanted.profile}`}.
    </p>
  )
}

function Wait({ event: { url, code, until, way, warning } }: { event: Waiting }) {
  const left = useNow(nowMs => duration(Math.max(0, Math.floor((Date.parse(until) - nowMs) / 1_000) * 1_000)))
  useEffect(() => {
    // A browser may refuse a window that nobody clicked for just now: the link is there for that.
    window.open(url, '_blank', 'noopener,noreferrer')
  }, [url])
  return (
    <>
      <p>
        <Link external href={url} externalIconAriaLabel="opens in the browser" rel="noopener noreferrer">
          {way === 'browser' ? 'Open the page that asks you' : 'Open the page that shows the code'}
        </Link>
      </p>
      {code !== null && (
        <p>
          Allow it only if the page shows this code: <strong className="login-code">{code}</strong>
        </p>
      )}
      <p className="note">
        {way === 'browser'
          ? 'The browser has to be one of the machine that Sluice runs on. On another one, use a code.'
          : 'Any browser will do, also that of another machine:'}
      </p>
      {way === 'device-code' && <code className="login-address">{url}</code>}
      <p>
        <progress aria-label="Waiting for the login" /> Waiting, <span className="login-left">{left}</span> left
      </p>
      {warning !== null && <Alert type="warning">{warning}</Alert>}
    </>
  )
}
