import type { LoginWay } from '../../../../../shared/features/targets.ts'
import type { Clock } from '../../../clock/clock.ts'
import type { ClientConfig } from '../client-config.ts'
import type { ProfileFiles } from '../profile-files.ts'
import type { LoginHost } from './login-host.ts'
import type { SsoLogin } from './sso-login.ts'

/** What each way of logging in needs. */
export interface LoginOptions {
  files: ProfileFiles
  host: LoginHost
  clientConfig: ClientConfig
  clock: Clock
  login: SsoLogin
  way: LoginWay
}

/** What a way of logging in says, in milliseconds. */
export type LoginStep =
  | { state: 'waiting'; way: LoginWay; url: string; code: string | null; untilMs: number }
  | { state: 'done'; untilMs: number; renewed: boolean }
