import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ProfileFiles } from './profile-files.ts'
import type { CredentialSource, RoleSource, SsoSource } from './source.ts'

/** A token of IAM Identity Center as the AWS CLI keeps it; other keys of the file are kept as they are. */
export const SsoToken = z.looseObject({
  accessToken: z.string(),
  expiresAt: z.string(),
  refreshToken: z.string().optional(),
  clientId: z.string().optional(),
  clientSecret: z.string().optional(),
  registrationExpiresAt: z.string().optional(),
})
export type SsoToken = z.infer<typeof SsoToken>

const LoginToken = z.looseObject({
  accessToken: z.looseObject({ expiresAt: z.string() }),
  refreshToken: z.string(),
})

const AssumedRole = z.looseObject({
  Credentials: z.looseObject({
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    SessionToken: z.string(),
    Expiration: z.string(),
  }),
})

/** `~/.aws/sso/cache`: the SHA-1 of the session's name, or of the start address where there is no session. */
export const ssoTokenFile = ({ session, startUrl }: Pick<SsoSource, 'session' | 'startUrl'>): string =>
  `${createHash('sha1')
    .update(session ?? startUrl)
    .digest('hex')}.json`

/** `~/.aws/login/cache`: the SHA-256 of the session's ARN. */
const loginFile = (session: string): string => `${createHash('sha256').update(session).digest('hex')}.json`

/** What a cache has of a login, as it is; undefined where there is none, or the source has no login. */
export async function cachedLogin(files: ProfileFiles, source: CredentialSource): Promise<string | undefined> {
  if (source.kind === 'sso') return files.readCache('sso', ssoTokenFile(source))
  return source.kind === 'login' ? files.readCache('login', loginFile(source.session)) : undefined
}

/** What AssumeRole is asked for a role; the time and the name of a session are left to AWS where nothing says them. */
export const roleParameters = (role: RoleSource) => ({
  ...(role.durationSeconds !== undefined && { DurationSeconds: role.durationSeconds }),
  ...(role.externalId !== undefined && { ExternalId: role.externalId }),
  RoleArn: role.roleArn,
  ...(role.sessionName !== undefined && { RoleSessionName: role.sessionName }),
  ...(role.mfaSerial !== undefined && { SerialNumber: role.mfaSerial }),
})

/**
 * `~/.aws/cli/cache`: the SHA-1 of what AssumeRole was asked, as Python writes it as JSON with its keys in order
 * (botocore, `BaseAssumeRoleCredentialFetcher._create_cache_key`).
 */
export function assumedRoleFile(role: RoleSource): string {
  const items = Object.entries(roleParameters(role)).map(
    ([key, value]) => `"${key}": ${inAscii(JSON.stringify(value))}`,
  )
  return `${createHash('sha1')
    .update(`{${items.join(', ')}}`)
    .digest('hex')}.json`
}

/** As Python writes JSON. */
export const inAscii = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A token as the cache has it; undefined where there is none, or what is there is none. */
export async function readSsoToken(files: ProfileFiles, source: SsoSource): Promise<SsoToken | undefined> {
  return parsed(SsoToken, await files.readCache('sso', ssoTokenFile(source)))
}

/** The credentials of a role that the AWS CLI or Sluice has assumed with a code, if they are still good for a while. */
export async function readAssumedRole(files: ProfileFiles, role: RoleSource, nowMs: number) {
  const found = parsed(AssumedRole, await files.readCache('cli', assumedRoleFile(role)))?.Credentials
  if (!found) return undefined
  const expiresMs = timeOf(found.Expiration)
  if (expiresMs === undefined || expiresMs - nowMs < ASSUMED_FOR_MS) return undefined
  return {
    accessKeyId: found.AccessKeyId,
    secretAccessKey: found.SecretAccessKey,
    sessionToken: found.SessionToken,
    expiration: new Date(expiresMs),
  }
}
/** botocore's `EXPIRY_WINDOW_SECONDS`: what ends sooner counts as expired. */
const ASSUMED_FOR_MS = 15 * 60_000

/** A token that is refreshed while it lasts: with what it takes, and while the client's registration lasts. */
export const canRefresh = (token: SsoToken, nowMs: number): boolean =>
  token.refreshToken !== undefined &&
  token.clientId !== undefined &&
  token.clientSecret !== undefined &&
  (timeOf(token.registrationExpiresAt ?? '') ?? 0) > nowMs

export interface LoginState {
  state: 'ready' | 'logged-in' | 'logged-out' | 'expired' | 'mfa' | 'none'
  expiresMs?: number
}

/** What the caches say of a source; nobody is asked but the files. */
export async function loginState(files: ProfileFiles, source: CredentialSource, nowMs: number): Promise<LoginState> {
  switch (source.kind) {
    case 'sso':
      return ssoState(await readSsoToken(files, source), source, nowMs)
    case 'login': {
      const token = parsed(LoginToken, await files.readCache('login', loginFile(source.session)))
      // Its keys last for minutes and are renewed by themselves: how long the session lasts is not in the file.
      return token ? { state: 'logged-in' } : { state: 'logged-out' }
    }
    case 'role':
      return roleState(files, source, nowMs)
    case 'keys':
      return until(source.keys.expiresAt, nowMs)
    case 'environment':
      return environmentState(files, nowMs)
    case 'none':
      return { state: 'none' }
    default:
      return { state: 'ready' }
  }
}

function ssoState(token: SsoToken | undefined, { session }: SsoSource, nowMs: number): LoginState {
  const expiresMs = token && timeOf(token.expiresAt)
  if (!token || expiresMs === undefined) return { state: 'logged-out' }
  if (expiresMs > nowMs) return { state: 'logged-in', expiresMs }
  // The next call refreshes it.
  return session !== undefined && canRefresh(token, nowMs) ? { state: 'logged-in' } : { state: 'expired', expiresMs }
}

async function roleState(files: ProfileFiles, role: RoleSource, nowMs: number): Promise<LoginState> {
  const assumed = role.mfaSerial === undefined ? undefined : await readAssumedRole(files, role, nowMs)
  if (assumed) return { state: 'logged-in', expiresMs: assumed.expiration.getTime() }
  const source = await loginState(files, role.source, nowMs)
  const isUsable = source.state === 'ready' || source.state === 'logged-in'
  return isUsable && role.mfaSerial !== undefined ? { state: 'mfa' } : source
}

function environmentState({ environment }: ProfileFiles, nowMs: number): LoginState {
  if (!environment.AWS_ACCESS_KEY_ID || !environment.AWS_SECRET_ACCESS_KEY) return { state: 'none' }
  return until(environment.AWS_CREDENTIAL_EXPIRATION, nowMs)
}

function until(expiresAt: string | undefined, nowMs: number): LoginState {
  const expiresMs = timeOf(expiresAt ?? '')
  if (expiresMs === undefined) return { state: 'ready' }
  return { state: expiresMs > nowMs ? 'ready' : 'expired', expiresMs }
}

/** A time of these files: with a zone, or of UTC. Older ones end in `UTC`. */
export function timeOf(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/ ?UTC$/, 'Z')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
    .replace(' ', 'T')
  const zoned = /(?:Z|[+-]\d\d:\d\d)$/i.test(plain) ? plain : `${plain}Z`
  const ms = /^\d{4}-\d\d-\d\dT/.test(zoned) ? Date.parse(zoned) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** To the second, as the AWS CLI writes it. */
export const inSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** What a cache has, if it is as it should be. */
export function parsed<S extends z.ZodType>(schema: S, text: string | undefined): z.output<S> | undefined {
  if (text === undefined) return undefined
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch (error) {
    // As for the CLI: what cannot be read is no login.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
