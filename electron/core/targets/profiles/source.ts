import type { AwsConfig, Setting, Settings } from './read-config.ts'
import { textOf } from './read-config.ts'

/** Where a profile's credentials come from, with all that is needed to get them. It holds secrets: it stays in core. */
export type CredentialSource =
  | SsoSource
  | { kind: 'login'; session: string }
  | RoleSource
  | { kind: 'web-identity'; roleArn: string; tokenFile: string; sessionName?: string }
  | { kind: 'process'; command: string; accountId?: string }
  | { kind: 'keys'; keys: Keys }
  | { kind: 'environment' }
  | { kind: 'metadata'; service: string; place: string }
  | { kind: 'none' }

/** IAM Identity Center; without the name of a session as it was configured before there were sessions. */
export interface SsoSource {
  kind: 'sso'
  session?: string
  startUrl: string
  ssoRegion: string
  accountId: string
  roleName: string
}

export interface RoleSource {
  kind: 'role'
  roleArn: string
  mfaSerial?: string
  externalId?: string
  sessionName?: string
  durationSeconds?: number
  /** The profile whose credentials assume it; undefined where a `credential_source` does. */
  sourceProfile?: string
  source: CredentialSource
}

export interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  accountId?: string
  /** As the tool that wrote them says it; the CLI does not ask. */
  expiresAt?: string
}

/** A profile that the AWS CLI refuses, as the end of a sentence that begins with the profile's name. */
export class ProfileRefused extends Error {
  /** The profile in which the fault is: its own, or one that it takes its credentials from. */
  readonly profile: string
  constructor(profile: string, message: string) {
    super(message)
    this.profile = profile
  }
}

/** The metadata services that give a machine or a container its credentials. */
const METADATA_SOURCES = new Set(['ec2instancemetadata', 'ecscontainer'])

/**
 * What botocore takes the credentials of a profile from that is named explicitly (`credentials.py`: a role, then the
 * providers of `ProfileProviderBuilder` in their order); the environment is not asked.
 * @throws ProfileRefused
 */
export function sourceOf(config: AwsConfig, name: string): CredentialSource {
  return resolve(config, name, [name])
}

function resolve(config: AwsConfig, name: string, visited: readonly string[]): CredentialSource {
  const profile = config.profiles.get(name)
  if (!profile) throw new ProfileRefused(name, 'it is not in the files')
  return profile.has('role_arn') && !profile.has('web_identity_token_file')
    ? role(config, name, profile, visited)
    : withoutRole(config, name, profile)
}

function withoutRole(config: AwsConfig, name: string, profile: Settings): CredentialSource {
  return (
    webIdentity(name, profile) ??
    sso(config, name, profile) ??
    keys(name, config.inCredentials.get(name)) ??
    login(profile) ??
    process(profile) ??
    keys(name, config.inConfig.get(name)) ?? { kind: 'none' }
  )
}

function role(config: AwsConfig, name: string, profile: Settings, visited: readonly string[]): RoleSource {
  const sourceProfile = textOf(profile, 'source_profile')
  const credentialSource = profile.get('credential_source')
  const durationSeconds = Number(textOf(profile, 'duration_seconds')?.trim() || Number.NaN)
  const optional = {
    mfaSerial: textOf(profile, 'mfa_serial'),
    externalId: textOf(profile, 'external_id'),
    sessionName: textOf(profile, 'role_session_name'),
    durationSeconds: Number.isInteger(durationSeconds) ? durationSeconds : undefined,
    sourceProfile,
  }
  return {
    kind: 'role',
    roleArn: textOf(profile, 'role_arn') ?? '',
    ...withoutUndefined(optional),
    source: sourceOfRole({ config, name, profile, visited, sourceProfile, credentialSource }),
  }
}

function sourceOfRole(asked: {
  config: AwsConfig
  name: string
  profile: Settings
  visited: readonly string[]
  sourceProfile: string | undefined
  credentialSource: Setting | undefined
}): CredentialSource {
  const { config, name, profile, visited, sourceProfile, credentialSource } = asked
  const rolePlace = profile.get('role_arn')?.place
  if (credentialSource && sourceProfile !== undefined)
    throw new ProfileRefused(name, `it has both source_profile and credential_source (${credentialSource.place})`)
  if (credentialSource) return namedSource(name, credentialSource)
  if (sourceProfile === undefined)
    throw new ProfileRefused(name, `its role_arn has neither source_profile nor credential_source (${rolePlace})`)
  const place = profile.get('source_profile')?.place
  const source = config.profiles.get(sourceProfile)
  if (!source) throw new ProfileRefused(name, `its source_profile ${sourceProfile} does not exist (${place})`)
  if (visited.includes(sourceProfile) && !(sourceProfile === name && hasKeys(source)))
    throw new ProfileRefused(name, `its source_profile goes in a circle: ${[...visited, sourceProfile].join(' → ')}`)
  // Keys of the source come before a role that it names, too.
  const found =
    hasKeys(source) || !source.has('role_arn') || source.has('web_identity_token_file')
      ? withoutRole(config, sourceProfile, source)
      : resolve(config, sourceProfile, [...visited, sourceProfile])
  if (found.kind === 'none')
    throw new ProfileRefused(name, `its source_profile ${sourceProfile} has no credentials (${place})`)
  return found
}

function namedSource(name: string, { value, place }: Setting): CredentialSource {
  const service = String(value)
  if (METADATA_SOURCES.has(service.toLowerCase())) return { kind: 'metadata', service, place }
  if (service.toLowerCase() === 'environment') return { kind: 'environment' }
  throw new ProfileRefused(name, `there is no credential_source ${service} (${place})`)
}

const hasKeys = (profile: Settings): boolean => profile.has('aws_access_key_id') || profile.has('aws_secret_access_key')

function webIdentity(name: string, profile: Settings): CredentialSource | undefined {
  const tokenFile = textOf(profile, 'web_identity_token_file')
  if (!tokenFile) return undefined
  const roleArn = textOf(profile, 'role_arn')
  const place = profile.get('web_identity_token_file')?.place
  if (!roleArn) throw new ProfileRefused(name, `its web_identity_token_file has no role_arn beside it (${place})`)
  return {
    kind: 'web-identity',
    roleArn,
    tokenFile,
    ...withoutUndefined({ sessionName: textOf(profile, 'role_session_name') }),
  }
}

const OF_PROFILE = ['sso_role_name', 'sso_account_id'] as const
const OF_SSO = ['sso_start_url', 'sso_region'] as const

function sso(config: AwsConfig, name: string, profile: Settings): SsoSource | undefined {
  if (OF_PROFILE.every(key => !profile.has(key))) return undefined
  const asked = profile.get('sso_session')
  const session = asked && String(asked.value)
  const merged = new Map(profile)
  if (asked) {
    const section = config.ssoSessions.get(String(session))
    if (!section) throw new ProfileRefused(name, `its sso_session ${session} has no section (${asked.place})`)
    for (const [key, setting] of section) {
      const own = profile.get(key)
      if (own && own.value !== setting.value)
        throw new ProfileRefused(
          name,
          `its ${key} is ${String(own.value)} (${own.place}), and that of its sso_session ${session} is ` +
            `${String(setting.value)} (${setting.place})`,
        )
      merged.set(key, setting)
    }
  }
  const missing = [...OF_PROFILE, ...OF_SSO].filter(key => !merged.has(key))
  if (missing.length > 0)
    throw new ProfileRefused(name, `for single sign-on it lacks ${missing.join(', ')} (${config.places.get(name)})`)
  const text = (key: string) => textOf(merged, key) ?? ''
  return {
    kind: 'sso',
    ...withoutUndefined({ session }),
    startUrl: text('sso_start_url'),
    ssoRegion: text('sso_region'),
    accountId: text('sso_account_id'),
    roleName: text('sso_role_name'),
  }
}

function login(profile: Settings): CredentialSource | undefined {
  const session = textOf(profile, 'login_session')
  return session === undefined ? undefined : { kind: 'login', session }
}

function process(profile: Settings): CredentialSource | undefined {
  const command = textOf(profile, 'credential_process')
  if (command === undefined) return undefined
  return { kind: 'process', command, ...withoutUndefined({ accountId: textOf(profile, 'aws_account_id') }) }
}

/** Keys are those of one file: of `credentials` first, those of `config` last of all. */
function keys(name: string, profile: Settings | undefined): CredentialSource | undefined {
  const text = (key: string) => textOf(profile, key)
  const accessKeyId = text('aws_access_key_id')
  if (accessKeyId === undefined) return undefined
  const secretAccessKey = text('aws_secret_access_key')
  if (secretAccessKey === undefined) {
    const place = profile?.get('aws_access_key_id')?.place
    throw new ProfileRefused(name, `its aws_access_key_id has no aws_secret_access_key beside it (${place})`)
  }
  return {
    kind: 'keys',
    keys: {
      accessKeyId,
      secretAccessKey,
      ...withoutUndefined({
        sessionToken: text('aws_security_token') ?? text('aws_session_token'),
        accountId: text('aws_account_id'),
        // saml2aws and aws-azure-login write these beside the keys.
        expiresAt: text('x_security_token_expires') ?? text('aws_expiration'),
      }),
    },
  }
}

/** Without the keys whose value is undefined. */
function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
