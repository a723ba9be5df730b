import type { AppError } from '../../../../shared/rpc/contract.ts'
import { shellWord } from '../../../../shared/shell-word.ts'
import type { CredentialSource, RoleSource } from './source.ts'

const withProfile = (command: string, profile: string): string => `${command} --profile ${shellWord(profile)}`

/** The profile whose login, keys or program gives the credentials in the end, and what it has. */
export function originOf(profile: string, source: CredentialSource): { profile: string; source: CredentialSource } {
  return source.kind === 'role' ? originOf(source.sourceProfile ?? profile, source.source) : { profile, source }
}

/** What somebody does who has no credentials of a profile now, or whose credentials AWS does not take any more. */
export function renewHint(profile: string, source: CredentialSource): string {
  const origin = originOf(profile, source)
  return renewOrigin(origin.profile, origin.source)
}

/** What an error says of it; `logged_out` where a login is what is missing. */
export function renewal(profile: string, source: CredentialSource): Pick<AppError, 'hint' | 'reason'> {
  const { kind } = originOf(profile, source).source
  return {
    hint: renewHint(profile, source),
    ...((kind === 'sso' || kind === 'login') && { reason: 'logged_out' as const }),
  }
}

function renewOrigin(profile: string, source: CredentialSource): string {
  switch (source.kind) {
    case 'sso':
      return `Log in, then try again: ${withProfile('sluice login', profile)}`
    case 'login':
      return `Log in, then try again: ${withProfile('aws login', profile)}`
    case 'process':
      return `Its credential_process gives them: log in to what it asks, or run it in a terminal to see what it says.`
    case 'keys':
      return source.keys.sessionToken === undefined
        ? `Its keys stand in the files. Write those that AWS knows: ${withProfile('aws configure', profile)}`
        : `Its temporary keys stand in the files of ${profile}. Get new ones from the tool that wrote them.`
    case 'web-identity':
      return `Its web identity is in ${source.tokenFile}. Get a new token from the program that writes that file.`
    case 'environment':
      return (
        'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN of temporary keys) to those of now, ' +
        'and start Sluice again.'
      )
    default:
      return noCredentialsHint(profile)
  }
}

/** Where nothing says where credentials come from. */
const noCredentialsHint = (profile: string): string =>
  `Give it some: ${withProfile('aws configure sso', profile)}, or for keys ${withProfile('aws configure', profile)}`

export const mfaHint = (profile: string, { mfaSerial }: RoleSource): string =>
  `It takes a code of the MFA device ${mfaSerial}. Type one in a terminal, then try again: ` +
  withProfile('sluice whoami', profile)

export const noRegionHint = (profile: string): string =>
  `Say one: ${withProfile('aws configure set region eu-west-1', profile)}, or --region for one command.`

export const KEYS_WARNING =
  'Long-lived access keys stand in a file: a copy of it is valid until the keys are deleted in IAM. ' +
  'IAM Identity Center (aws configure sso) gives keys that run out.'

export const REFUSED_HINT =
  'Take the line out of the file, or choose another target. Sluice calls AWS at its own addresses only.'
