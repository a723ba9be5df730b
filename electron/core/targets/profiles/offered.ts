import { paginateListAccountRoles, paginateListAccounts, SSOClient } from '@aws-sdk/client-sso'
import type { OfferedRole } from '../../../../shared/features/targets.ts'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { shellWord } from '../../../../shared/shell-word.ts'
import { toAppError } from '../../errors/expected-error.ts'
import type { ClientConfig } from './client-config.ts'
import { loginName, type SsoLogin } from './login/sso-login.ts'
import type { Profiles } from './profiles.ts'
import type { SsoSource } from './source.ts'
import { currentToken } from './sso-credentials.ts'

interface Asked {
  profiles: Profiles
  clientConfig: ClientConfig
  now: () => number
  login: SsoLogin
  signal: AbortSignal
}

/** What a login offers and no profile names, in the order of AWS. @throws ExpectedError where nobody is logged in */
export async function offeredRoles(asked: Asked): Promise<OfferedRole[]> {
  const { profiles, clientConfig, login, signal } = asked
  const client = new SSOClient({ ...clientConfig, region: login.ssoRegion })
  try {
    const accessToken = await tokenOf(asked)
    const found: OfferedRole[] = []
    for await (const { accountList = [] } of paginateListAccounts({ client }, { accessToken }, { abortSignal: signal }))
      for (const { accountId = '', accountName = '' } of accountList)
        for await (const page of paginateListAccountRoles(
          { client },
          { accessToken, accountId },
          { abortSignal: signal },
        ))
          for (const { roleName = '' } of page.roleList ?? []) found.push({ accountId, accountName, roleName })
    const named = new Set(
      (await profiles.list()).profiles
        .filter(profile => profile.login === loginName(login))
        .map(({ account, role }) => `${account} ${role}`),
    )
    return found.filter(({ accountId, roleName }) => !named.has(`${accountId} ${roleName}`))
  } catch (error) {
    throw (error as Error).name === 'UnauthorizedException' ? loggedOut(login) : asLoggedOut(login, error)
  } finally {
    client.destroy()
  }
}

async function tokenOf({ profiles, clientConfig, now, login }: Asked): Promise<string> {
  const { session, startUrl, ssoRegion } = login
  const of = { startUrl, ssoRegion, accountId: '', roleName: '' }
  const source: SsoSource = { kind: 'sso', ...(session !== undefined && { session }), ...of }
  const token = await currentToken({ files: profiles.files, clientConfig, now, profile: loginName(login), source })
  return token.accessToken
}

const asLoggedOut = (login: SsoLogin, error: unknown): unknown =>
  toAppError(error).reason === 'logged_out' ? loggedOut(login) : error

const loggedOut = (login: SsoLogin): ExpectedError =>
  new ExpectedError({
    code: 'auth_expired',
    reason: 'logged_out',
    message: `Nobody is logged in to ${loginName(login)}, or the login has ended.`,
    hint:
      login.session === undefined
        ? 'Log in: sluice login'
        : `Log in: sluice login --sso-session ${shellWord(login.session)}`,
    retryable: true,
  })

/** Names that need no quotes in the file, and mean the same to every reader of it. */
const PLAIN_NAME = /^[\w.@+-]{1,64}$/
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/

export interface NewProfile extends OfferedRole {
  name: string
  region?: string | undefined
  login: SsoLogin
}

/**
 * A section for one of them, as text to be put at the end of the file of profiles.
 * @throws ExpectedError for a name that is taken, or that not every tool reads, and for what is no region
 */
export async function profileSection(profiles: Profiles, wanted: NewProfile, nowMs: number): Promise<string> {
  const { name, region, login, accountId, accountName, roleName } = wanted
  const refuse = (message: string, hint: string) =>
    new ExpectedError({ code: 'invalid_input', message, hint, retryable: false })
  if (!PLAIN_NAME.test(name))
    throw refuse(`${JSON.stringify(name)} is no name for a profile.`, 'Take letters, digits and . @ + - _, 64 at most.')
  if (region !== undefined && !REGION.test(region))
    throw refuse(`${JSON.stringify(region)} is no region.`, 'Write it as AWS does, such as eu-west-1.')
  const { profiles: known, problems } = await profiles.list()
  if (problems.length > 0)
    throw refuse('A file of profiles cannot be read, so nothing is added to it.', 'See: sluice profiles')
  if (known.some(profile => profile.name === name)) throw refuse(`There is a profile ${name}.`, 'Take another name.')
  const oneLine = (text: string) => text.replace(/[^\x20-\x7e]+/g, '?')
  const day = new Date(nowMs).toISOString().slice(0, 10)
  return [
    `# ${oneLine(roleName)} in ${oneLine(accountName)}, written by Sluice on ${day}`,
    `[profile ${name}]`,
    ...(login.session === undefined
      ? [`sso_start_url = ${login.startUrl}`, `sso_region = ${login.ssoRegion}`]
      : [`sso_session = ${login.session}`]),
    `sso_account_id = ${accountId}`,
    `sso_role_name = ${roleName}`,
    ...(region === undefined ? [] : [`region = ${region}`]),
    '',
  ].join('\n')
}
