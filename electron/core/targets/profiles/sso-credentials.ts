import { GetRoleCredentialsCommand, SSOClient } from '@aws-sdk/client-sso'
import { CreateTokenCommand, SSOOIDCClient } from '@aws-sdk/client-sso-oidc'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import type { ClientConfig, Credentials } from './client-config.ts'
import { canRefresh, inSeconds, readSsoToken, type SsoToken, ssoTokenFile, timeOf } from './logins.ts'
import { noCredentials } from './no-credentials.ts'
import type { ProfileFiles } from './profile-files.ts'
import type { SsoSource } from './source.ts'

/** botocore's `_REFRESH_WINDOW`: a token of a session that lasts no longer is refreshed. */
const REFRESHED_BEFORE_MS = 15 * 60_000

interface Asked {
  files: ProfileFiles
  clientConfig: ClientConfig
  now: () => number
  profile: string
  source: SsoSource
}

/** The credentials of a role of IAM Identity Center, by the token that the AWS CLI keeps. @throws ExpectedError */
export async function ssoCredentials(asked: Asked): Promise<Credentials> {
  const { clientConfig, profile, source } = asked
  const accessToken = await accessTokenOf(asked)
  const client = new SSOClient({ ...clientConfig, region: source.ssoRegion })
  try {
    const { roleCredentials: found } = await client.send(
      new GetRoleCredentialsCommand({ accessToken, accountId: source.accountId, roleName: source.roleName }),
    )
    if (!found?.accessKeyId || !found.secretAccessKey || !found.sessionToken || !found.expiration)
      throw noCredentials(profile, source, `IAM Identity Center had no credentials for ${profile}.`)
    return {
      accessKeyId: found.accessKeyId,
      secretAccessKey: found.secretAccessKey,
      sessionToken: found.sessionToken,
      expiration: new Date(found.expiration),
      accountId: source.accountId,
    }
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'UnauthorizedException')
      throw noCredentials(profile, source, `IAM Identity Center does not take the login of ${profile} any more.`)
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

/** The token of a session is refreshed early; the one of a profile without a session never is. */
async function accessTokenOf(asked: Asked): Promise<string> {
  const { files, now, profile, source } = asked
  const token = await readSsoToken(files, source)
  const expiresMs = token && timeOf(token.expiresAt)
  if (!token || expiresMs === undefined) throw noCredentials(profile, source, `Nobody is logged in for ${profile}.`)
  if (source.session !== undefined && expiresMs - now() < REFRESHED_BEFORE_MS && canRefresh(token, now())) {
    const refreshed = await refresh(asked, token)
    if (refreshed !== undefined) return refreshed
  }
  if (expiresMs <= now())
    throw noCredentials(profile, source, `The login of ${profile} expired at ${inSeconds(expiresMs)}.`)
  return token.accessToken
}

/** The new token, kept where the AWS CLI keeps it; undefined where Identity Center gives none for the old one. */
async function refresh(asked: Asked, token: SsoToken): Promise<string | undefined> {
  const { files, clientConfig, now, source } = asked
  const client = new SSOOIDCClient({ ...clientConfig, region: source.ssoRegion })
  const request = new CreateTokenCommand({
    clientId: token.clientId,
    clientSecret: token.clientSecret,
    refreshToken: token.refreshToken,
    grantType: 'refresh_token',
  })
  const answer = await client.send(request).catch(error => {
    // A refusal by AWS ends with the old token; a network failure is an error.
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === undefined) throw error
    return undefined
  })
  if (!answer?.accessToken) return undefined
  const kept: SsoToken = {
    ...token,
    accessToken: answer.accessToken,
    expiresAt: inSeconds(now() + (answer.expiresIn ?? 0) * 1_000),
    ...(answer.refreshToken && { refreshToken: answer.refreshToken }),
  }
  await files.writeCache('sso', ssoTokenFile(source), JSON.stringify(kept))
  return answer.accessToken
}
