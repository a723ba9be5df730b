import { getDefaultRoleAssumer, getDefaultRoleAssumerWithWebIdentity } from '@aws-sdk/client-sts'
import { fromLoginCredentials } from '@aws-sdk/credential-providers'
import { externalDataInterceptor } from '@smithy/core/config'
import { type AppError, ExpectedError } from '../../../../shared/rpc/contract.ts'
import { toAppError } from '../../errors/expected-error.ts'
import type { ClientConfig, Credentials } from './client-config.ts'
import { mfaHint, originOf, renewal } from './hints.ts'
import { assumedRoleFile, cachedLogin, inSeconds, readAssumedRole, roleParameters, timeOf } from './logins.ts'
import { noCredentials } from './no-credentials.ts'
import { runCredentialProcess } from './process-credentials.ts'
import type { Profiles } from './profiles.ts'
import { type CredentialSource, ProfileRefused, type RoleSource } from './source.ts'
import { ssoCredentials } from './sso-credentials.ts'

/** Asks for the code that an MFA device shows; undefined where nobody types one. */
export type AskMfaCode = (question: { profile: string; device: string }) => Promise<string | undefined>

export interface ProfileCredentialsOptions {
  profiles: Profiles
  profile: string
  region: string
  clientConfig: ClientConfig
  now: () => number
  askMfaCode?: AskMfaCode | undefined
}

/** The credentials of a profile, as the AWS CLI would get them. */
export interface ProfileCredentials {
  /** What the SDK's clients ask before each request. */
  provide: () => Promise<Credentials>
  /** AWS does not take them any more: the next request gets new ones, and this is what somebody does about it. */
  forget: () => Promise<Pick<AppError, 'hint' | 'reason'>>
  /** Another text whenever somebody has logged in or out, or the profile has another source. */
  loginMark: () => Promise<string>
}

/** Credentials that end sooner are got again, while the old ones are still good. */
const RENEWED_BEFORE_MS = 5 * 60_000

/** A program that failed is not run again for each poll: it may open a browser, or ask somebody, each time. */
const PROGRAM_AGAIN_AFTER_MS = 30_000

/**
 * Credentials by the kind of the profile, from Sluice's own reading of the files: the SDK's providers read them
 * otherwise than the AWS CLI does. They are got once for all requests that wait; what the files say is asked again
 * before each request, so that a login, or keys that another program has written, are seen.
 */
export function profileCredentials(options: ProfileCredentialsOptions): ProfileCredentials {
  const { profiles, profile, now } = options
  let known: { said: string; credentials: Credentials } | undefined
  let failed: { said: string; error: unknown; atMs: number } | undefined
  let pending: Promise<Credentials> | undefined
  const isGood = (credentials: Credentials, forMs: number): boolean =>
    credentials.expiration === undefined || credentials.expiration.getTime() - now() > forMs

  async function provide(): Promise<Credentials> {
    const source = await readSource(profiles, profile)
    const said = JSON.stringify(source)
    if (known?.said === said && isGood(known.credentials, RENEWED_BEFORE_MS)) return known.credentials
    if (failed?.said === said && Math.abs(now() - failed.atMs) < PROGRAM_AGAIN_AFTER_MS) throw failed.error
    try {
      const credentials = await resolve(options, profile, source)
      known = { said, credentials }
      return credentials
    } catch (error) {
      if (originOf(profile, source).source.kind === 'process') failed = { said, error, atMs: now() }
      // They could not be renewed early; they are good for a little while.
      if (known?.said === said && isGood(known.credentials, 0)) return known.credentials
      throw error
    }
  }

  return {
    async provide() {
      pending ??= provide().finally(() => {
        pending = undefined
      })
      // The SDK keeps credentials until they expire: it asks here again each time.
      return { ...(await pending), expiration: new Date(0) }
    },
    async forget() {
      known = undefined
      return renewal(profile, await readSource(profiles, profile))
    },
    async loginMark() {
      const source = await readSource(profiles, profile)
      return JSON.stringify([source, await cachedLogin(profiles.files, originOf(profile, source).source)])
    },
  }
}

async function readSource(profiles: Profiles, profile: string): Promise<CredentialSource> {
  try {
    return await profiles.sourceOf(profile)
  } catch (error) {
    if (!(error instanceof ProfileRefused)) throw error
    throw new ExpectedError({
      code: 'conflict',
      message: `${error.profile} cannot be used: ${error.message}.`,
      hint: 'The AWS CLI refuses it, too: put the line right, or choose another profile.',
      retryable: true,
    })
  }
}

async function resolve(
  options: ProfileCredentialsOptions,
  profile: string,
  source: CredentialSource,
): Promise<Credentials> {
  const { profiles, clientConfig, now } = options
  switch (source.kind) {
    case 'keys': {
      const { accessKeyId, secretAccessKey, sessionToken, accountId, expiresAt } = source.keys
      refuseExpired(profile, source, expiresAt, now())
      return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), ...(accountId && { accountId }) }
    }
    case 'environment':
      return environmentCredentials(options, profile, source)
    case 'sso':
      return ssoCredentials({ files: profiles.files, clientConfig, now, profile, source })
    case 'login':
      return loginCredentials(options, profile, source)
    case 'process':
      return runCredentialProcess({ files: profiles.files, now, profile, source })
    case 'web-identity':
      return webIdentityCredentials(options, profile, source)
    case 'role':
      return roleCredentials(options, profile, source)
    case 'metadata':
      throw noCredentials(profile, source, `${profile} takes its credentials from ${source.service}.`)
    case 'none':
      throw noCredentials(profile, source, `Nothing says where the credentials of ${profile} come from.`)
  }
}

function refuseExpired(profile: string, source: CredentialSource, expiresAt: string | undefined, nowMs: number): void {
  const expiresMs = timeOf(expiresAt ?? '')
  if (expiresMs !== undefined && expiresMs <= nowMs)
    throw noCredentials(profile, source, `The temporary keys of ${profile} expired at ${inSeconds(expiresMs)}.`)
}

function environmentCredentials(
  { profiles, now }: ProfileCredentialsOptions,
  profile: string,
  source: CredentialSource,
): Credentials {
  const { environment } = profiles.files
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment
  if (!accessKeyId || !secretAccessKey)
    throw noCredentials(profile, source, `${profile} takes its credentials from the environment, which has none.`)
  refuseExpired(profile, source, environment.AWS_CREDENTIAL_EXPIRATION, now())
  const sessionToken = environment.AWS_SECURITY_TOKEN || environment.AWS_SESSION_TOKEN
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

/**
 * `aws login`: its tokens are bound to a key and renewed by the SDK's own provider, which is given one section that has
 * the session as the AWS CLI reads it.
 */
async function loginCredentials(
  { clientConfig, region }: ProfileCredentialsOptions,
  profile: string,
  source: CredentialSource & { kind: 'login' },
): Promise<Credentials> {
  const section = `sluice login ${source.session}`
  externalDataInterceptor.interceptFile(section, `[profile login]\nlogin_session = ${source.session}\n`)
  externalDataInterceptor.interceptFile(`${section} credentials`, '')
  const provider = fromLoginCredentials({
    profile: 'login',
    configFilepath: section,
    filepath: `${section} credentials`,
    clientConfig: { ...clientConfig, region },
  })
  try {
    return await provider()
  } catch (error) {
    if ((error as Error).name !== 'CredentialsProviderError') throw error
    throw noCredentials(profile, source, `The login of ${profile} is not there, or has ended.`, [
      (error as Error).message,
    ])
  }
}

async function webIdentityCredentials(
  { profiles, clientConfig, region, now }: ProfileCredentialsOptions,
  profile: string,
  source: CredentialSource & { kind: 'web-identity' },
): Promise<Credentials> {
  let token: string
  try {
    token = await profiles.files.readText(source.tokenFile)
  } catch (error) {
    throw noCredentials(profile, source, `The token of ${profile} cannot be read: ${(error as Error).message}`)
  }
  const assume = getDefaultRoleAssumerWithWebIdentity({ ...clientConfig, region })
  return assume({
    RoleArn: source.roleArn,
    RoleSessionName: source.sessionName ?? sessionName(now()),
    WebIdentityToken: token,
  }).catch(error => {
    throw notAssumed(profile, source.roleArn, source, error)
  })
}

/** A role that STS does not give: whose fault that is, and not that of the call which waits for it. */
function notAssumed(profile: string, roleArn: string, source: CredentialSource, error: unknown): unknown {
  const known = toAppError(error)
  const message = `STS does not give the role ${roleArn} of ${profile}: ${known.message}`
  if (known.code === 'auth_expired' || /^InvalidIdentityToken/.test((error as Error).name))
    return noCredentials(profile, source, message)
  if (known.code !== 'access_denied') return error
  const hint = 'The trust policy of the role must let them in who assume it, and they need sts:AssumeRole.'
  return new ExpectedError({ code: 'access_denied', message, hint, retryable: true }, { cause: error })
}

const sessionName = (nowMs: number): string => `sluice-${Math.floor(nowMs / 1_000)}`

async function roleCredentials(
  options: ProfileCredentialsOptions,
  profile: string,
  source: RoleSource,
): Promise<Credentials> {
  const { profiles, clientConfig, region, now } = options
  const hasMfa = source.mfaSerial !== undefined
  const assumed = hasMfa ? await readAssumedRole(profiles.files, source, now()) : undefined
  if (assumed) return assumed
  const sourceCredentials = await resolve(options, source.sourceProfile ?? profile, source.source)
  const code = hasMfa ? await mfaCode(options, profile, source) : undefined
  const assume = getDefaultRoleAssumer({ ...clientConfig, region })
  const credentials: Credentials = await assume(sourceCredentials, {
    RoleSessionName: sessionName(now()),
    ...roleParameters(source),
    ...(code !== undefined && { TokenCode: code }),
  }).catch(error => {
    throw notAssumed(profile, source.roleArn, source, error)
  })
  if (hasMfa) await keepAssumedRole(options, source, credentials)
  return credentials
}

async function mfaCode({ askMfaCode }: ProfileCredentialsOptions, profile: string, role: RoleSource): Promise<string> {
  const code = (await askMfaCode?.({ profile, device: role.mfaSerial ?? '' }))?.trim()
  if (code) return code
  throw new ExpectedError({
    code: 'auth_expired',
    message: `The role of ${profile} takes a code of an MFA device, and nobody was there to type it.`,
    hint: mfaHint(profile, role),
    retryable: true,
  })
}

/** Where the AWS CLI keeps them: a code that was typed for one is good for the other. */
async function keepAssumedRole(
  { profiles }: ProfileCredentialsOptions,
  role: RoleSource,
  { accessKeyId, secretAccessKey, sessionToken, expiration, accountId }: Credentials,
): Promise<void> {
  if (sessionToken === undefined || expiration === undefined) return
  const kept = {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: inSeconds(expiration.getTime()),
      ...(accountId !== undefined && { AccountId: accountId }),
    },
  }
  await profiles.files.writeCache('cli', assumedRoleFile(role), JSON.stringify(kept))
}
