import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { findTarget, type LoginAsked, type Target, type targetsContract } from '../../../shared/features/targets.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { AwsClients } from './clients.ts'
import type { ClientConfig } from './profiles/client-config.ts'
import { logIn } from './profiles/login/log-in.ts'
import type { LoginHost } from './profiles/login/login-host.ts'
import { offeredRoles, profileSection } from './profiles/offered.ts'
import type { Profiles } from './profiles/profiles.ts'

export interface LoginParts {
  host: LoginHost
  /** Of the clients that log in: they call AWS, and nobody else. */
  clientConfig: () => ClientConfig
}

interface TargetsDeps {
  targets: () => Promise<Target[]>
  profiles: Profiles | undefined
  clientsOf: (target: Target) => AwsClients
  clock: Clock
  /** How somebody logs in; where nobody can, it is left out. */
  login?: LoginParts | undefined
  /** Called with the address of each page that somebody is asked to open. */
  mayOpen?: ((url: string) => void) | undefined
}

/** @throws ExpectedError `unavailable` where the host has no way to log in */
async function loginOf({ profiles, login: parts }: TargetsDeps, asked: LoginAsked) {
  if (!profiles || !parts)
    throw new ExpectedError({ code: 'unavailable', message: 'Nobody can log in here.', retryable: false })
  return { profiles, login: await profiles.loginOf(asked), host: parts.host, clientConfig: parts.clientConfig() }
}

/** Where pipelines can live, and who we are there. */
export function createTargetsService(deps: TargetsDeps): ServiceOf<typeof targetsContract> {
  return {
    list: () => deps.targets(),
    profiles: async () => (await deps.profiles?.list()) ?? { profiles: [], logins: [], problems: [] },
    async *login({ way, ...asked }, { signal }) {
      const { profiles, login, host, clientConfig } = await loginOf(deps, asked)
      const options = { files: profiles.files, host, clientConfig, clock: deps.clock, login, way }
      for await (const event of logIn(options, signal)) {
        if (event.state === 'waiting') deps.mayOpen?.(event.url)
        yield event
      }
    },
    async offered(asked, { signal }) {
      const { profiles, login, clientConfig } = await loginOf(deps, asked)
      return offeredRoles({ profiles, clientConfig, now: deps.clock.now, login, signal })
    },
    async addProfile({ name, accountId, roleName, region, ...asked }, { signal }) {
      const { profiles, login, clientConfig } = await loginOf(deps, asked)
      const offered = await offeredRoles({ profiles, clientConfig, now: deps.clock.now, login, signal })
      const role = offered.find(entry => entry.accountId === accountId && entry.roleName === roleName)
      if (!role)
        throw new ExpectedError({
          code: 'not_found',
          message: `${roleName} in ${accountId} is not offered any more, or has a profile already.`,
          hint: 'List the offered roles again.',
          retryable: false,
        })
      const section = await profileSection(profiles, { ...role, name, region, login }, deps.clock.now())
      const { file, backup } = await profiles.files.appendToConfig(section)
      return { file, backup: backup ?? null }
    },
    async identity({ target: id }, { signal }) {
      const target = findTarget(await deps.targets(), id)
      if (!target)
        throw new ExpectedError({ code: 'not_found', message: `There is no target named ${id}.`, retryable: false })
      const { Account, Arn, UserId } = await deps
        .clientsOf(target)
        .sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal })
      return {
        account: Account ?? '',
        arn: Arn ?? '',
        userId: UserId ?? '',
        at: new Date(deps.clock.now()).toISOString(),
      }
    },
  }
}
