import { beginLogin } from '../live/login.ts'
import { loginWanted, useProfile } from '../live/profiles.ts'
import { useTargets } from '../live/targets.ts'
import { timeLeft } from '../ui/format.ts'
import { useNow } from '../ui/now.ts'
import './login-dialog.css'

/** In the frame, of an AWS target: how long its login lasts, or the way to log in. */
export function LoginMark() {
  const { current } = useTargets()
  const profile = useProfile(current?.profile)
  const expiresMs = profile?.expiresAt == null ? undefined : Date.parse(profile.expiresAt)
  const left = useNow(nowMs => (expiresMs === undefined ? '' : timeLeft(expiresMs - nowMs)))
  if (!profile) return null
  const wanted = loginWanted(profile)
  const isOut =
    profile.state === 'logged-out' || profile.state === 'expired' || (expiresMs !== undefined && left === '')
  return (
    <span className="login-mark">
      {profile.state === 'logged-in' && !isOut && (
        <span title={profile.expiresAt ?? 'It is renewed with the next call.'}>
          logged in{left !== '' && `, ${left}`}
        </span>
      )}
      {isOut && wanted && (
        <button type="button" onClick={() => beginLogin(wanted)}>
          Log in
        </button>
      )}
    </span>
  )
}
