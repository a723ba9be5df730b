import { createHash } from 'node:crypto'
import { RegisterClientCommand } from '@aws-sdk/client-sso-oidc'
import { z } from 'zod'
import { inAscii, inSeconds, parsed, timeOf } from '../logins.ts'
import type { ProfileFiles } from '../profile-files.ts'
import type { Oidc } from './oidc.ts'
import type { SsoLogin } from './sso-login.ts'

/** A client that is registered, as the AWS CLI keeps it. */
const Registration = z.looseObject({
  clientId: z.string(),
  clientSecret: z.string(),
  expiresAt: z.string(),
  scopes: z.array(z.string()).optional(),
  grantTypes: z.array(z.string()).optional(),
})
export type Registration = z.infer<typeof Registration>

/** botocore's `_EXPIRY_WINDOW`. */
const GOOD_FOR_MS = 15 * 60_000
const GRANTS_OF_CODE = ['authorization_code', 'refresh_token']
/** botocore's `_AUTH_GRANT_DEFAULT_SCOPE`. */
export const DEFAULT_SCOPE = 'sso:account:access'
/** Without its port, which a program on loopback is free to choose (RFC 8252, section 7.3). */
const REDIRECT_URI = 'http://127.0.0.1/oauth/callback'

interface Asked {
  files: ProfileFiles
  oidc: Oidc
  login: SsoLogin
  way: 'browser' | 'device-code'
  now: () => number
  signal: AbortSignal
}

/**
 * The client that logs in: the one that the AWS CLI or Sluice has registered, or a new one that is kept for both. One
 * of codes and one of devices share a file and replace each other, as they do for the AWS CLI.
 */
export async function registrationOf(asked: Asked): Promise<Registration> {
  const { files, login, way, now } = asked
  const file = registrationFile(login)
  const known = parsed(Registration, await files.readCache('sso', file))
  const lasts = known !== undefined && (timeOf(known.expiresAt) ?? 0) - now() >= GOOD_FOR_MS
  if (lasts && isOfCodes(known) === (way === 'browser')) return known
  const registered = await register(asked)
  await files.writeCache('sso', file, JSON.stringify(registered))
  return registered
}

const isOfCodes = ({ grantTypes }: Registration): boolean => grantTypes?.includes('authorization_code') ?? false

async function register({ oidc, login, way, now, signal }: Asked): Promise<Registration> {
  const { scopes = [] } = login
  const byCode = way === 'browser'
  const wanted = byCode && scopes.length === 0 ? [DEFAULT_SCOPE] : scopes
  const answer = await oidc.client.send(
    new RegisterClientCommand({
      clientName: `botocore-client-${login.session ?? Math.floor(now() / 1_000)}`,
      clientType: 'public',
      ...(wanted.length > 0 && { scopes: wanted }),
      ...(byCode && { grantTypes: GRANTS_OF_CODE, redirectUris: [REDIRECT_URI], issuerUrl: login.startUrl }),
    }),
    { abortSignal: signal },
  )
  return {
    clientId: answer.clientId ?? '',
    clientSecret: answer.clientSecret ?? '',
    expiresAt: inSeconds((answer.clientSecretExpiresAt ?? 0) * 1_000),
    ...(wanted.length > 0 && { scopes: wanted }),
    ...(byCode && { grantTypes: GRANTS_OF_CODE }),
  }
}

/**
 * `~/.aws/sso/cache`: the SHA-1 of what the client is for, as Python writes it as JSON with its keys in order
 * (botocore of the AWS CLI's version 2, `BaseSSOTokenFetcher._registration_cache_key`).
 */
export function registrationFile({ session, startUrl, ssoRegion, scopes }: SsoLogin): string {
  const text = (value: string | undefined) => (value === undefined ? 'null' : inAscii(JSON.stringify(value)))
  const list = scopes === undefined ? 'null' : `[${scopes.map(text).join(', ')}]`
  const json =
    `{"region": ${text(ssoRegion)}, "scopes": ${list}, "session_name": ${text(session)}, ` +
    `"startUrl": ${text(startUrl)}, "tool": "botocore"}`
  return `${createHash('sha1').update(json).digest('hex')}.json`
}
