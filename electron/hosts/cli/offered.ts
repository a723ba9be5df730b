import type { OfferedRole } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { loginClientConfig } from '../../core/targets/clients.ts'
import { loginName } from '../../core/targets/profiles/login/sso-login.ts'
import { offeredRoles, profileSection } from '../../core/targets/profiles/offered.ts'
import { createProfiles } from '../../core/targets/profiles/profiles.ts'
import { awsFiles } from '../aws-files.ts'
import { systemClock } from '../clock.ts'
import { table } from './text.ts'

export interface OfferedOptions {
  ssoSession?: string
  json: boolean
  /** The name of a new profile for one of them. */
  write?: string
  account?: string
  role?: string
  region?: string
}

/** `sluice profiles --offered`: what a login may use and no profile names; with `--write`, a profile for one of it. */
export async function runOffered(options: OfferedOptions): Promise<number> {
  const profiles = createProfiles({ files: awsFiles(process), ...systemClock })
  const login = await profiles.loginOf({ ssoSession: options.ssoSession })
  const { signal } = new AbortController()
  const clientConfig = loginClientConfig()
  const offered = await offeredRoles({ profiles, clientConfig, now: systemClock.now, login, signal })
  if (options.write === undefined) {
    const lines = offeredLines(loginName(login), offered)
    process.stdout.write(options.json ? `${JSON.stringify(offered)}\n` : `${lines.join('\n')}\n`)
    return 0
  }
  const wanted = chosen(offered, options)
  const of = { ...wanted, name: options.write, region: options.region, login }
  const { file, backup } = await profiles.files.appendToConfig(await profileSection(profiles, of, systemClock.now()))
  process.stdout.write(
    `The profile ${options.write} stands at the end of ${file}.${backup ? ` Before that it was ${backup}.` : ''}\n`,
  )
  return 0
}

export const offeredLines = (login: string, offered: readonly OfferedRole[]): string[] =>
  offered.length === 0
    ? [`Each role that ${login} offers has a profile.`]
    : [
        ...table([
          ['account', 'name', 'role'],
          ...offered.map(({ accountId, accountName, roleName }) => [accountId, accountName, roleName]),
        ]),
        'A profile for one: sluice profiles --offered --write NAME --account ACCOUNT --role ROLE [--region REGION]',
      ]

function chosen(offered: readonly OfferedRole[], { account, role }: OfferedOptions): OfferedRole {
  const fitting = offered.filter(
    ({ accountId, roleName }) =>
      (account === undefined || accountId === account) && (role === undefined || roleName === role),
  )
  const [only] = fitting
  if (only && fitting.length === 1) return only
  throw new ExpectedError({
    code: 'invalid_input',
    message:
      fitting.length === 0
        ? 'No role that is offered without a profile fits --account and --role.'
        : `${fitting.length} of the roles that are offered fit.`,
    hint: 'Name one of those that "sluice profiles --offered" lists, with --account and --role.',
    retryable: false,
  })
}
