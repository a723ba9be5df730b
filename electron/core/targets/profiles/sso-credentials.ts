import { GetRoleCredentialsCommand, SSOClient } from '@aws-sdk/client-sso'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { isSkewed, watchSkew } from './aws-clock.ts'
import type { Credentials } from './client-config.ts'
import { canRefresh, inSeconds, readSsoToken, type SsoToken, timeOf } from './logins.ts'
import { noCredentials } from './no-credentials.ts'
import { type RefreshAsked, refreshSsoToken } from './refresh-sso-token.ts'

/** botocore's `_REFRESH_WINDOW`: a token of a session that lasts no longer is refreshed. */
const REFRESHED_BEFORE_MS = 15 * 60_000

/** The credentials of a role of IAM Identity Center, by the token that the AWS CLI keeps. @throws ExpectedError */
export async function ssoCredentials(asked: RefreshAsked): Promise<Credentials> {
  const { profile, source } = asked
  const token = await currentToken(asked)
  const found = await roleCredentials(asked, token.accessToken)
  if (found) return found
  // It was revoked, or a clock was wrong when it was written down how long it lasts: a session may give another one.
  const another = canBeRefreshed(asked, token) ? await refreshSsoToken(asked, token) : undefined
  const again = another && (await roleCredentials(asked, another.accessToken))
  if (again) return again
  throw noCredentials(
    profile,
    source,
    `IAM Identity Center in ${source.ssoRegion} does not take the login of ${profile} any more.`,
  )
}

/** Undefined where the token is not taken. */
async function roleCredentials(asked: RefreshAsked, accessToken: string): Promise<Credentials | undefined> {
  const { clientConfig, now, profile, source } = asked
  const client = new SSOClient({ ...clientConfig, region: source.ssoRegion })
  const skewOf = watchSkew(client, now)
  try {
    const { roleCredentials: found } = await client.send(
      new GetRoleCredentialsCommand({ accessToken, accountId: source.accountId, roleName: source.roleName }),
    )
    if (!found?.accessKeyId || !found.secretAccessKey || !found.sessionToken || !found.expiration)
      throw noCredentials(profile, source, `IAM Identity Center had no credentials for ${profile}.`)
    const skewMs = skewOf()
    return {
      accessKeyId: found.accessKeyId,
      secretAccessKey: found.secretAccessKey,
      sessionToken: found.sessionToken,
      // By the clock of this machine, which is asked whether they are still good.
      expiration: new Date(found.expiration + (isSkewed(skewMs) ? skewMs : 0)),
      accountId: source.accountId,
    }
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'UnauthorizedException') return undefined
    if (name === 'ForbiddenException')
      throw new ExpectedError({
        code: 'access_denied',
        message: `Your login has no role ${source.roleName} in the account ${source.accountId}: ${message}`,
        hint: 'Ask an administrator of IAM Identity Center to assign the permission set, or choose another profile.',
        retryable: false,
      })
    throw error
  }
}

const canBeRefreshed = ({ source, now }: RefreshAsked, token: SsoToken): boolean =>
  source.session !== undefined && canRefresh(token, now())

/** The token of a session is refreshed early; the one of a profile without a session never is. @throws ExpectedError */
export async function currentToken(asked: RefreshAsked): Promise<SsoToken> {
  const { files, now, profile, source } = asked
  const token = await readSsoToken(files, source)
  const expiresMs = token && timeOf(token.expiresAt)
  if (!token || expiresMs === undefined) throw noCredentials(profile, source, `Nobody is logged in for ${profile}.`)
  if (expiresMs - now() < REFRESHED_BEFORE_MS && canBeRefreshed(asked, token)) {
    const refreshed = await refreshSsoToken(asked, token)
    if (refreshed !== undefined) return refreshed
  }
  if (expiresMs <= now())
    throw noCredentials(profile, source, `The login of ${profile} expired at ${inSeconds(expiresMs)}.`)
  return token
}
