import type { LoginEvent } from '../../../../../shared/features/targets.ts'
import { inSeconds } from '../logins.ts'
import { logInByCode } from './by-code.ts'
import { logInByDevice } from './by-device.ts'
import { asLoginError, openOidc } from './oidc.ts'
import { loginName } from './sso-login.ts'
import type { LoginOptions } from './way-of-login.ts'

/**
 * Logs in to IAM Identity Center without the AWS CLI. What it says ends with `done`, or it fails; whoever stops taking
 * cancels it. A profile without a session has no way but the code of a device, as for the AWS CLI.
 */
export async function* logIn(options: LoginOptions, signal: AbortSignal): AsyncGenerator<LoginEvent> {
  const { login, clientConfig, clock } = options
  const name = loginName(login)
  yield { state: 'preparing', name, startUrl: login.startUrl }
  const oidc = openOidc(login, clientConfig, clock.now)
  const isByCode = options.way === 'browser' && login.session !== undefined
  try {
    for await (const { untilMs, ...step } of (isByCode ? logInByCode : logInByDevice)(options, oidc, signal))
      yield { ...step, name, startUrl: login.startUrl, until: inSeconds(untilMs), warning: oidc.clockWarning() }
  } catch (error) {
    throw asLoginError(login, error)
  } finally {
    oidc.close()
  }
}
