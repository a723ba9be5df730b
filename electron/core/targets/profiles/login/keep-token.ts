import type { CreateTokenCommandOutput } from '@aws-sdk/client-sso-oidc'
import { inSeconds, ssoTokenFile } from '../logins.ts'
import type { Registration } from './registration.ts'
import type { LoginOptions, LoginStep } from './way-of-login.ts'

/** Writes the token where the AWS CLI keeps it, with its keys: a login in one is a login in the other. */
export async function keepToken(
  { files, login, clock }: LoginOptions,
  { clientId, clientSecret, expiresAt: registrationExpiresAt }: Registration,
  { accessToken, expiresIn = 0, refreshToken }: CreateTokenCommandOutput,
): Promise<LoginStep> {
  const expiresMs = clock.now() + expiresIn * 1_000
  const token = {
    startUrl: login.startUrl,
    region: login.ssoRegion,
    accessToken,
    expiresAt: inSeconds(expiresMs),
    clientId,
    clientSecret,
    registrationExpiresAt,
    ...(refreshToken !== undefined && { refreshToken }),
  }
  await files.exclusively('sso', ssoTokenFile(login), () =>
    files.writeCache('sso', ssoTokenFile(login), JSON.stringify(token)),
  )
  return { state: 'done', untilMs: expiresMs, renewed: refreshToken !== undefined && login.session !== undefined }
}
