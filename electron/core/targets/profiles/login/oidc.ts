import { SSOOIDCClient } from '@aws-sdk/client-sso-oidc'
import { ExpectedError } from '../../../../../shared/rpc/contract.ts'
import { toAppError } from '../../../errors/expected-error.ts'
import { clockWarning, watchSkew } from '../aws-clock.ts'
import type { ClientConfig } from '../client-config.ts'
import { loginName, type SsoLogin } from './sso-login.ts'

/** SSO OIDC in the region of a login, and what its answers say of this machine's clock. */
export interface Oidc {
  client: SSOOIDCClient
  /** `https://oidc.eu-central-1.amazonaws.com`: the page /authorize is no operation, and lies beside them. */
  address: string
  /** That the clock of this machine is another one than AWS's, for people; null while they agree. */
  clockWarning(): string | null
  close(): void
}

export function openOidc(login: SsoLogin, clientConfig: ClientConfig, now: () => number): Oidc {
  const client = new SSOOIDCClient({ ...clientConfig, region: login.ssoRegion })
  const skewMs = watchSkew(client, now)
  const { url } = client.config.endpointProvider({ Region: login.ssoRegion, UseDualStack: false, UseFIPS: false })
  return {
    client,
    address: url.origin,
    clockWarning: () => clockWarning(skewMs()),
    close: () => client.destroy(),
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')
export const isOidc = (error: unknown, code: string): boolean => nameOf(error) === `${code}Exception`

const notAllowed = (login: SsoLogin): string =>
  `If the page in the browser said that the grant or the request is invalid, ${login.ssoRegion} is not the region of ` +
  `IAM Identity Center (${login.place}), or ${login.startUrl} is not its address.`

/** Nobody answered in time. */
export const loginTimedOut = (login: SsoLogin, minutes: number): ExpectedError =>
  new ExpectedError({
    code: 'failed',
    message: `Nobody allowed the login to ${loginName(login)} within ${minutes} minutes.`,
    hint: `Log in again. ${notAllowed(login)}`,
    retryable: true,
  })

/** Somebody said no. */
export const loginDenied = (login: SsoLogin): ExpectedError =>
  new ExpectedError({
    code: 'access_denied',
    message: `The login to ${loginName(login)} was cancelled in the browser.`,
    hint: 'Log in again, and choose to allow access there.',
    retryable: true,
  })

/** What SSO OIDC, or the page, says, with what to check. Anything that it does not say stays as it is. */
export function asLoginError(login: SsoLogin, error: unknown): unknown {
  if (error instanceof ExpectedError) return error
  if (isOidc(error, 'AccessDenied')) return loginDenied(login)
  const { name, error_description: said } = error as Error & { error_description?: string }
  const known = toAppError(error)
  if (known.code === 'unavailable')
    return new ExpectedError(
      { ...known, hint: `Is the network up, and is ${login.ssoRegion} a region (${login.place})?` },
      { cause: error },
    )
  if (!/^Invalid|^Unauthorized|^Unsupported/.test(name)) return error
  return new ExpectedError(
    {
      code: 'failed',
      message: `IAM Identity Center in ${login.ssoRegion} refuses the login to ${loginName(login)}: ${said || name}`,
      hint: `Are ${login.ssoRegion} (${login.place}) its region, and ${login.startUrl} its address? Then try again.`,
      retryable: true,
    },
    { cause: error },
  )
}
