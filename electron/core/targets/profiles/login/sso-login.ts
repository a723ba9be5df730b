import type { LoginAsked } from '../../../../../shared/features/targets.ts'
import { ExpectedError } from '../../../../../shared/rpc/contract.ts'
import { shellWord } from '../../../../../shared/shell-word.ts'
import { originOf, renewHint } from '../hints.ts'
import { type AwsConfig, type Settings, textOf } from '../read-config.ts'
import { type CredentialSource, ProfileRefused, sourceOf } from '../source.ts'

/** What somebody logs in to: an instance of IAM Identity Center, by a session or, as it was before, by a profile. */
export interface SsoLogin {
  session?: string
  startUrl: string
  ssoRegion: string
  /** `sso_registration_scopes`; undefined where the file names none. */
  scopes?: string[]
  /** Where its region stands: `~/.aws/config, line 3`. */
  place: string
}

/** How a login is called for people. */
export const loginName = ({ session, startUrl }: Pick<SsoLogin, 'session' | 'startUrl'>): string => session ?? startUrl

/**
 * The login that a profile needs in the end, or that a session is; where nobody names one, the only one that there is.
 * @throws ExpectedError
 */
export function ssoLoginOf(config: AwsConfig, asked: LoginAsked): SsoLogin {
  if (asked.ssoSession !== undefined) return ofSession(config, asked.ssoSession)
  if (asked.profile !== undefined) return ofProfile(config, asked.profile)
  const all = allLogins(config)
  if (asked.login !== undefined) return ofName(all, asked.login)
  const [only] = all
  if (only && all.length === 1) return only
  throw new ExpectedError({
    code: 'invalid_input',
    message:
      all.length === 0
        ? 'No profile on this machine logs in with IAM Identity Center.'
        : `There are ${all.length} logins: ${all.map(loginName).join(', ')}.`,
    hint:
      all.length === 0
        ? 'Create one with: aws configure sso'
        : 'Name one with --sso-session, or a profile that uses it with --profile.',
    retryable: false,
  })
}

function ofName(all: readonly SsoLogin[], name: string): SsoLogin {
  const found = all.find(login => loginName(login) === name)
  if (found) return found
  throw new ExpectedError({
    code: 'not_found',
    message: `There is no login ${JSON.stringify(name)} in the files of profiles.`,
    hint: `Known: ${all.map(loginName).join(', ') || 'none'}.`,
    retryable: false,
  })
}

/** Each login once: those of the sessions, then those of profiles without one. */
export function allLogins(config: AwsConfig): SsoLogin[] {
  const found = new Map<string, SsoLogin>()
  const add = (find: () => SsoLogin) => {
    try {
      const login = find()
      if (!found.has(loginName(login))) found.set(loginName(login), login)
    } catch (error) {
      // What cannot be used is listed with its reason among the profiles.
      if (!(error instanceof ExpectedError)) throw error
    }
  }
  for (const name of config.ssoSessions.keys()) add(() => ofSession(config, name))
  for (const name of config.profiles.keys()) add(() => ofProfile(config, name))
  return [...found.values()]
}

function ofProfile(config: AwsConfig, name: string): SsoLogin {
  const { profile, source } = originOf(name, sourceOrRefusal(config, name))
  const both = profile === name ? '' : `, nor does ${profile}, its source`
  if (source.kind !== 'sso')
    throw new ExpectedError({
      code: 'invalid_input',
      message: `${name} does not log in with IAM Identity Center${both}.`,
      hint: renewHint(name, source),
      retryable: false,
    })
  if (source.session !== undefined) return ofSession(config, source.session)
  const { startUrl, ssoRegion } = source
  const place = config.profiles.get(profile)?.get('sso_region')?.place ?? ''
  return { startUrl, ssoRegion, place }
}

function sourceOrRefusal(config: AwsConfig, name: string): CredentialSource {
  try {
    return sourceOf(config, name)
  } catch (error) {
    if (!(error instanceof ProfileRefused)) throw error
    throw new ExpectedError({
      code: config.profiles.has(name) ? 'conflict' : 'not_found',
      message: `${error.profile} cannot be used: ${error.message}.`,
      hint: '"sluice profiles" lists those that there are.',
      retryable: false,
    })
  }
}

function ofSession(config: AwsConfig, session: string): SsoLogin {
  const section = config.ssoSessions.get(session)
  if (!section)
    throw new ExpectedError({
      code: 'not_found',
      message: `There is no sso-session ${JSON.stringify(session)}.`,
      hint: `Known: ${[...config.ssoSessions.keys()].join(', ') || 'none'}.`,
      retryable: false,
    })
  const startUrl = textOf(section, 'sso_start_url')
  const ssoRegion = textOf(section, 'sso_region')
  if (!startUrl || !ssoRegion)
    throw new ExpectedError({
      code: 'conflict',
      message: `The sso-session ${session} lacks ${startUrl ? 'sso_region' : 'sso_start_url'}.`,
      hint: `Set it: aws configure sso-session, for ${shellWord(session)}`,
      retryable: false,
    })
  const scopes = scopesOf(section)
  return { session, startUrl, ssoRegion, ...(scopes && { scopes }), place: section.get('sso_region')?.place ?? '' }
}

/** aws-cli, `parse_sso_registration_scopes`: parts between commas that are not blank. */
function scopesOf(section: Settings): string[] | undefined {
  return textOf(section, 'sso_registration_scopes')
    ?.split(',')
    .map(scope => scope.trim())
    .filter(Boolean)
}
