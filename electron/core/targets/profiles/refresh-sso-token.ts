import { CreateTokenCommand, SSOOIDCClient } from '@aws-sdk/client-sso-oidc'
import type { ClientConfig } from './client-config.ts'
import { inSeconds, readSsoToken, type SsoToken, ssoTokenFile } from './logins.ts'
import type { ProfileFiles } from './profile-files.ts'
import type { SsoSource } from './source.ts'

export interface RefreshAsked {
  files: ProfileFiles
  clientConfig: ClientConfig
  now: () => number
  profile: string
  source: SsoSource
}

/**
 * A newer token than the one that is known, kept where the AWS CLI keeps it; undefined where Identity Center gives
 * none. A refresh token may be good once only, and several programs have it: of those of Sluice one refreshes and the
 * others take what it got; whoever is refused because the AWS CLI was faster does, too.
 */
export function refreshSsoToken(asked: RefreshAsked, known: SsoToken): Promise<SsoToken | undefined> {
  const { files, source } = asked
  const file = ssoTokenFile(source)
  const newer = async (): Promise<SsoToken | undefined> => {
    const token = await readSsoToken(files, source)
    return token && token.accessToken !== known.accessToken ? token : undefined
  }
  return files.exclusively('sso', file, async () => {
    const byOther = await newer()
    if (byOther) return byOther
    const refreshed = await refresh(asked, known)
    if (!refreshed) return newer()
    await files.writeCache('sso', file, JSON.stringify(refreshed))
    return refreshed
  })
}

async function refresh({ clientConfig, now, source }: RefreshAsked, known: SsoToken): Promise<SsoToken | undefined> {
  const client = new SSOOIDCClient({ ...clientConfig, region: source.ssoRegion })
  const request = new CreateTokenCommand({
    clientId: known.clientId,
    clientSecret: known.clientSecret,
    refreshToken: known.refreshToken,
    grantType: 'refresh_token',
  })
  const answer = await client.send(request).catch(error => {
    // What AWS refuses ends with the old token; that nobody answers is reported.
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === undefined) throw error
    return undefined
  })
  if (!answer?.accessToken) return undefined
  return {
    ...known,
    accessToken: answer.accessToken,
    expiresAt: inSeconds(now() + (answer.expiresIn ?? 0) * 1_000),
    ...(answer.refreshToken && { refreshToken: answer.refreshToken }),
  }
}
