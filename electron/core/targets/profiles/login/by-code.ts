import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { CreateTokenCommand } from '@aws-sdk/client-sso-oidc'
import { ExpectedError } from '../../../../../shared/rpc/contract.ts'
import { keepToken } from './keep-token.ts'
import type { Callback } from './login-host.ts'
import { isOidc, loginDenied, loginTimedOut, type Oidc } from './oidc.ts'
import { DEFAULT_SCOPE, registrationOf } from './registration.ts'
import type { LoginOptions, LoginStep } from './way-of-login.ts'

/** aws-cli, `AuthCodeFetcher._OVERALL_TIMEOUT`. */
const WITHIN_MINUTES = 10

/**
 * The authorization code grant with PKCE, as `aws sso login` does it for a session: the browser asks whoever sits
 * there, and comes back to a port of this machine with a code that only this login can turn into a token.
 */
export async function* logInByCode(options: LoginOptions, oidc: Oidc, signal: AbortSignal): AsyncGenerator<LoginStep> {
  const { files, host, login, clock } = options
  const registration = await registrationOf({ files, oidc, login, way: 'browser', now: clock.now, signal })
  const verifier = randomBytes(48).toString('base64url')
  const state = randomUUID()
  const callback = await host.openCallback(state)
  const over = new AbortController()
  try {
    const { redirectUri } = callback
    const withinMs = WITHIN_MINUTES * 60_000
    yield {
      state: 'waiting',
      way: 'browser',
      url: authorizeUrl(oidc, { clientId: registration.clientId, redirectUri, state, verifier, scopes: login.scopes }),
      code: null,
      untilMs: clock.now() + withinMs,
    }
    const waiting = AbortSignal.any([signal, over.signal])
    const answer = await Promise.race([
      callback.answer,
      clock.sleep(withinMs, waiting).then(() => Promise.reject(loginTimedOut(login, WITHIN_MINUTES))),
    ])
    const { clientId, clientSecret } = registration
    const token = await oidc.client
      .send(
        new CreateTokenCommand({
          grantType: 'authorization_code',
          clientId,
          clientSecret,
          redirectUri,
          codeVerifier: verifier,
          code: codeOf(options, answer),
        }),
        { abortSignal: signal },
      )
      .catch(error => {
        throw isOidc(error, 'ExpiredToken') ? loginTimedOut(login, WITHIN_MINUTES) : error
      })
    yield await keepToken(options, registration, token)
  } finally {
    over.abort()
    await callback.close()
  }
}

function codeOf({ login }: LoginOptions, answer: Callback): string {
  if ('code' in answer) return answer.code
  if (answer.error === 'access_denied') throw loginDenied(login)
  throw new ExpectedError({
    code: 'failed',
    message: `The page in the browser did not log in: ${answer.description ?? answer.error}`,
    hint: `Is ${login.ssoRegion} the region of IAM Identity Center (${login.place})? Then try again.`,
    retryable: true,
  })
}

/** aws-cli, `SSOTokenFetcherAuth._get_authorization_uri`; the parameter is called `scopes` there. */
function authorizeUrl(
  { address }: Oidc,
  asked: { clientId: string; redirectUri: string; state: string; verifier: string; scopes: string[] | undefined },
): string {
  const parameters = {
    response_type: 'code',
    client_id: asked.clientId,
    redirect_uri: asked.redirectUri,
    state: asked.state,
    code_challenge_method: 'S256',
    scopes: asked.scopes?.length ? asked.scopes.join(' ') : DEFAULT_SCOPE,
    code_challenge: createHash('sha256').update(asked.verifier).digest('base64url'),
  }
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `${address}/authorize?${query.join('&')}`
}
