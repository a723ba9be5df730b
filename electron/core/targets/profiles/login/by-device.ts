import {
  CreateTokenCommand,
  type CreateTokenCommandOutput,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc'
import { keepToken } from './keep-token.ts'
import { isOidc, loginTimedOut, type Oidc } from './oidc.ts'
import { type Registration, registrationOf } from './registration.ts'
import type { LoginOptions, LoginStep } from './way-of-login.ts'

/** RFC 8628, sections 3.2 and 3.5. */
const DEFAULT_INTERVAL_MS = 5_000
const SLOWED_BY_MS = 5_000

/**
 * The device authorization grant, as `aws sso login --use-device-code` does it and all do it that have no session:
 * somebody types a code on any machine, and this one asks whether he did.
 */
export async function* logInByDevice(
  options: LoginOptions,
  oidc: Oidc,
  signal: AbortSignal,
): AsyncGenerator<LoginStep> {
  const { files, login, clock } = options
  const registration = await registrationOf({ files, oidc, login, way: 'device-code', now: clock.now, signal })
  const { clientId, clientSecret } = registration
  const asked = await oidc.client.send(
    new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: login.startUrl }),
    { abortSignal: signal },
  )
  const minutes = Math.round((asked.expiresIn ?? 600) / 60)
  const beganMs = clock.monotonic()
  yield {
    state: 'waiting',
    way: 'device-code',
    url: asked.verificationUriComplete ?? asked.verificationUri ?? '',
    code: asked.userCode ?? null,
    untilMs: clock.now() + (asked.expiresIn ?? 600) * 1_000,
  }
  let intervalMs = asked.interval === undefined ? DEFAULT_INTERVAL_MS : asked.interval * 1_000
  for (;;) {
    await clock.sleep(intervalMs, signal)
    const answer = await attempt(oidc, registration, asked.deviceCode, signal)
    if (typeof answer !== 'string') return yield await keepToken(options, registration, answer)
    if (answer === 'slow-down') intervalMs += SLOWED_BY_MS
    const isOver = clock.monotonic() - beganMs > (minutes + 1) * 60_000
    if (answer === 'expired' || isOver) throw loginTimedOut(login, minutes)
  }
}

async function attempt(
  { client }: Oidc,
  { clientId, clientSecret }: Registration,
  deviceCode: string | undefined,
  signal: AbortSignal,
): Promise<CreateTokenCommandOutput | 'pending' | 'slow-down' | 'expired'> {
  const grantType = 'urn:ietf:params:oauth:grant-type:device_code'
  try {
    const request = new CreateTokenCommand({ grantType, clientId, clientSecret, deviceCode })
    return await client.send(request, { abortSignal: signal })
  } catch (error) {
    if (isOidc(error, 'AuthorizationPending')) return 'pending'
    if (isOidc(error, 'SlowDown')) return 'slow-down'
    if (isOidc(error, 'ExpiredToken')) return 'expired'
    throw error
  }
}
