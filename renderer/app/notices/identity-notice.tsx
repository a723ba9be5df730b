import Button from '@cloudscape-design/components/button'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { beginLogin } from '../../live/login.ts'
import { loginWanted, useProfile } from '../../live/profiles.ts'
import { useAccountText, useTargets } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { useRoute } from '../../route/route.ts'
import { Problem } from '../../ui/problem.tsx'

const askWho = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.targets.identity({ target: scope.target }, signal)

/** On AWS: who we are there, or why that cannot be said; and that nothing can be changed from here. */
export function IdentityNotice() {
  const { current } = useTargets()
  return current?.kind === 'aws' ? <Identity /> : null
}

/** Where a login is what is missing, it is a click away. */
function Refused({ error, retry }: { error: AppError; retry: () => void }) {
  const { current } = useTargets()
  const profile = useProfile(current?.profile)
  const wanted = error.reason === 'logged_out' && profile ? loginWanted(profile) : undefined
  const action = wanted && (
    <Button variant="primary" onClick={() => beginLogin(wanted)}>
      Log in
    </Button>
  )
  return <Problem error={error} retry={retry} action={action} />
}

function Identity() {
  const { current } = useTargets()
  const who = useCall(askWho)
  const { page } = useRoute()
  const accountText = useAccountText()
  // Home says it in its own first line, and the list of profiles beside each of them.
  if (who.state === 'failed')
    return page === 'home' || page === 'profiles' ? null : <Refused error={who.error} retry={who.reload} />
  const role = who.value?.arn.split('/').slice(1).join('/')
  return (
    <p className="identity" role="status">
      {who.value
        ? `${current?.title}: ${role} in ${accountText(who.value.account)}.`
        : 'Requesting the identity of this profile from STS.'}{' '}
      Read-only: nothing on AWS is changed from here.
    </p>
  )
}
