import type {
  LoginAsked,
  Profile,
  ProfileKind,
  ProfileList,
  ProfileState,
} from '../../../../shared/features/targets.ts'
import { elsewhere } from './elsewhere.ts'
import { KEYS_WARNING, mfaHint, originOf, REFUSED_HINT, renewHint } from './hints.ts'
import { allLogins, loginName, type SsoLogin, ssoLoginOf } from './login/sso-login.ts'
import { inSeconds, loginState } from './logins.ts'
import type { ProfileFiles } from './profile-files.ts'
import { type AwsConfig, readConfig, type Settings, textOf } from './read-config.ts'
import { type CredentialSource, ProfileRefused, type RoleSource, sourceOf } from './source.ts'

/** The files are read again for an answer that is older. */
const FRESH_MS = 2_000

/** The profiles of this machine: as they are shown, and where their credentials come from. */
export interface Profiles {
  list(): Promise<ProfileList>
  /** With secrets: nothing of it leaves core. @throws ProfileRefused */
  sourceOf(name: string): Promise<CredentialSource>
  /** What somebody logs in to for a profile or a session. @throws ExpectedError */
  loginOf(asked: LoginAsked): Promise<SsoLogin>
  files: ProfileFiles
}

interface Deps {
  files: ProfileFiles
  now: () => number
  monotonic: () => number
}

export function createProfiles(deps: Deps): Profiles {
  const { files, now, monotonic } = deps
  let known: { readMs: number; config: Promise<AwsConfig> } | undefined
  const read = (): Promise<AwsConfig> => {
    if (!known || monotonic() - known.readMs > FRESH_MS)
      known = {
        readMs: monotonic(),
        config: Promise.all([files.config(), files.credentials()]).then(([config, credentials]) =>
          readConfig(config, credentials),
        ),
      }
    return known.config
  }
  return {
    files,
    async list() {
      const config = await read()
      const profiles = await Promise.all(
        [...config.profiles].map(([name, settings]) => describeProfile(config, name, settings, files, now())),
      )
      const environment = await describeEnvironment(config, files, now())
      return {
        profiles: [...profiles, ...(environment ? [environment] : [])],
        logins: allLogins(config).map(loginName),
        problems: [...config.problems],
      }
    },
    async sourceOf(name) {
      const config = await read()
      return !config.profiles.has(name) && name === environmentName(config)
        ? { kind: 'environment' }
        : sourceOf(config, name)
    },
    async loginOf(asked) {
      return ssoLoginOf(await read(), asked)
    },
  }
}

/** What the credentials of the environment are called in the list; a profile of that name keeps it. */
export const environmentName = ({ profiles }: Pick<AwsConfig, 'profiles'>): string =>
  profiles.has('environment') ? 'environment (variables)' : 'environment'

function loginOfSource(source: CredentialSource): string | null {
  const origin = originOf('', source).source
  return origin.kind === 'sso' ? loginName(origin) : null
}

type Resolved = { source: CredentialSource } | { refused: string }

async function describeProfile(
  config: AwsConfig,
  name: string,
  settings: Settings,
  files: ProfileFiles,
  nowMs: number,
): Promise<Profile> {
  const resolved = resolve(config, name)
  const place = config.places.get(name) ?? null
  const base = {
    name,
    ...regionOf(settings, files.environment),
    ...identityOf(resolved, settings),
    place,
    login: 'source' in resolved ? loginOfSource(resolved.source) : null,
  }
  const metadata = 'source' in resolved ? metadataOf(resolved.source) : undefined
  const refused = 'refused' in resolved ? resolved.refused : undefined
  const problem = elsewhere(config, settings) ?? metadata ?? refused
  if (problem !== undefined || !('source' in resolved))
    return {
      ...base,
      state: 'refused',
      expiresAt: null,
      warning: null,
      problem: problem ?? null,
      hint:
        refused !== undefined && problem === refused
          ? 'The AWS CLI refuses it, too: put the line right, or choose another profile.'
          : REFUSED_HINT,
    }
  const { source } = resolved
  const { state, expiresMs } = await loginState(files, source, nowMs)
  return {
    ...base,
    state,
    expiresAt: expiresMs === undefined ? null : inSeconds(expiresMs),
    problem: null,
    warning: warningOf(source),
    hint: hintOf(name, source, state),
  }
}

function resolve(config: AwsConfig, name: string): Resolved {
  try {
    return { source: sourceOf(config, name) }
  } catch (error) {
    if (!(error instanceof ProfileRefused)) throw error
    return {
      refused: error.profile === name ? error.message : `of its source_profile ${error.profile}: ${error.message}`,
    }
  }
}

function metadataOf(source: CredentialSource): string | undefined {
  if (source.kind === 'role') return metadataOf(source.source)
  return source.kind === 'metadata'
    ? `it takes its credentials from a metadata service, ${source.service} (${source.place})`
    : undefined
}

function hintOf(name: string, source: CredentialSource, state: ProfileState): string | null {
  if (state === 'mfa') return mfaHint(name, mfaRole(source) ?? (source as RoleSource))
  return state === 'ready' || state === 'logged-in' ? null : renewHint(name, source)
}

/** The role of a chain that takes a code. */
const mfaRole = (source: CredentialSource): RoleSource | undefined =>
  source.kind !== 'role' ? undefined : source.mfaSerial !== undefined ? source : mfaRole(source.source)

function warningOf(source: CredentialSource): string | null {
  const { source: origin } = originOf('', source)
  return origin.kind === 'keys' && origin.keys.sessionToken === undefined ? KEYS_WARNING : null
}

/**
 * The region as botocore has it for a profile: AWS_DEFAULT_REGION before the files. AWS_REGION, which the newer CLI and
 * the SDKs ask, is asked last.
 */
function regionOf(
  settings: Settings,
  environment: ProfileFiles['environment'],
): Pick<Profile, 'region' | 'regionFrom'> {
  const setting = settings.get('region')
  const fromFile = textOf(settings, 'region')
  if (environment.AWS_DEFAULT_REGION)
    return { region: environment.AWS_DEFAULT_REGION, regionFrom: 'AWS_DEFAULT_REGION' }
  if (setting && fromFile) return { region: fromFile, regionFrom: setting.place }
  if (environment.AWS_REGION) return { region: environment.AWS_REGION, regionFrom: 'AWS_REGION' }
  return { region: null, regionFrom: null }
}

const ACCOUNT_OF_ARN = /^arn:[\w-]+:(?:iam|sts)::(\d{12}):/
const accountOf = (arn: string): string | null => ACCOUNT_OF_ARN.exec(arn)?.[1] ?? null
/** `Admin` of `role/team/Admin` and of `assumed-role/Admin/somebody`. */
const roleOf = (arn: string): string | null =>
  /:role\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1] ?? /:assumed-role\/([^/]+)\//.exec(arn)?.[1] ?? null

/** Kind, account and role: of the source where there is one, else of what the section says. */
function identityOf(resolved: Resolved, settings: Settings): Pick<Profile, 'kind' | 'account' | 'role'> {
  const source = 'source' in resolved ? resolved.source : undefined
  const said = (key: string) => textOf(settings, key) || null
  const arn = said('role_arn')
  if (arn !== null)
    return {
      kind: settings.has('web_identity_token_file') ? 'web-identity' : 'role',
      account: accountOf(arn),
      role: roleOf(arn),
    }
  const kind = source ? KINDS[source.kind](source) : kindOfBroken(settings)
  if (kind === 'sso' || kind === 'legacy-sso')
    return { kind, account: said('sso_account_id'), role: said('sso_role_name') }
  const session = kind === 'login' ? said('login_session') : null
  if (session !== null) return { kind, account: accountOf(session), role: roleOf(session) }
  // Granted writes what it gives beside its process.
  return {
    kind,
    account: said('aws_account_id') ?? said('granted_sso_account_id'),
    role: said('granted_sso_role_name'),
  }
}

const KINDS: Record<CredentialSource['kind'], (source: CredentialSource) => ProfileKind> = {
  sso: source => (source.kind === 'sso' && source.session !== undefined ? 'sso' : 'legacy-sso'),
  login: () => 'login',
  role: () => 'role',
  metadata: () => 'role',
  'web-identity': () => 'web-identity',
  process: () => 'process',
  keys: () => 'keys',
  environment: () => 'environment',
  none: () => 'none',
}

function kindOfBroken(settings: Settings): ProfileKind {
  if (settings.has('web_identity_token_file')) return 'web-identity'
  if (settings.has('sso_session')) return 'sso'
  if (settings.has('sso_account_id') || settings.has('sso_role_name')) return 'legacy-sso'
  return settings.has('aws_access_key_id') ? 'keys' : 'none'
}

/** The keys of the environment, which the AWS CLI uses where no profile is named; undefined where there are none. */
async function describeEnvironment(
  config: AwsConfig,
  files: ProfileFiles,
  nowMs: number,
): Promise<Profile | undefined> {
  const { environment } = files
  const { state, expiresMs } = await loginState(files, { kind: 'environment' }, nowMs)
  if (state === 'none') return undefined
  const name = environmentName(config)
  const region = regionOf(config.profiles.get('default') ?? new Map(), environment)
  const redirected = Object.keys(environment).find(key => key.startsWith('AWS_ENDPOINT_URL') && environment[key])
  const expires = expiresMs === undefined ? null : inSeconds(expiresMs)
  return {
    name,
    ...region,
    account: environment.AWS_ACCOUNT_ID || null,
    role: null,
    kind: 'environment',
    state: redirected === undefined ? state : 'refused',
    expiresAt: expires,
    problem: redirected === undefined ? null : `${redirected} sends its calls to ${environment[redirected]}`,
    warning: environment.AWS_SESSION_TOKEN ? null : ENVIRONMENT_WARNING,
    hint:
      redirected !== undefined
        ? `Unset ${redirected}, or choose another target. Sluice calls AWS at its own addresses only.`
        : state === 'expired'
          ? renewHint(name, { kind: 'environment' })
          : null,
    place: null,
    login: null,
  }
}

const ENVIRONMENT_WARNING =
  'Long-lived access keys are in the environment: every program that is started from here has them. ' +
  'IAM Identity Center (aws configure sso) gives keys that run out.'
