import Button from '@cloudscape-design/components/button'
import { useEffect } from 'react'
import type { Standing } from '../../../shared/features/protection.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useLive } from '../../live/live.ts'
import { beginLogin } from '../../live/login.ts'
import { loginWanted, useProfile } from '../../live/profiles.ts'
import { keepStanding } from '../../live/standings.ts'
import { useAccountText, useTargets } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { useRoute } from '../../route/route.ts'
import { Problem } from '../../ui/problem.tsx'

const askWho = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.protection.standing({ target: scope.target }, signal)

/** On AWS: who we are there, or why that cannot be said; and what can be changed from here. */
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

const WORDS: Record<Standing['protection'], string> = {
  none: 'Development: changes are made here.',
  unlock: 'Production: each change is unlocked by typing its name.',
  'read-only': 'Production, read-only: nothing is changed from here.',
}

function Identity() {
  const { current } = useTargets()
  const who = useCall(askWho)
  const { page } = useRoute()
  const accountText = useAccountText()
  const { target } = useLive(live => live.scope)
  const standing = who.value
  useEffect(() => {
    if (standing) keepStanding(target, standing)
  }, [target, standing])
  // Home says it in its own first line, and the list of profiles beside each of them.
  if (who.state === 'failed')
    return page === 'home' || page === 'profiles' ? null : <Refused error={who.error} retry={who.reload} />
  const role = who.value?.arn?.split('/').slice(1).join('/')
  return (
    <p className="identity" role="status">
      {who.value
        ? `${current?.title}: ${role} in ${accountText(who.value.account)}.`
        : 'Requesting the identity of this profile from STS.'}{' '}
      {who.value && WORDS[who.value.protection]} {who.value?.unknown.join(' ')}
    </p>
  )
}
