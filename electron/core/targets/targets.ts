import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { findTarget, type Target, type targetsContract } from '../../../shared/features/targets.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { AwsClients } from './clients.ts'
import type { ClientConfig } from './profiles/client-config.ts'
import { logIn } from './profiles/login/log-in.ts'
import type { LoginHost } from './profiles/login/login-host.ts'
import type { Profiles } from './profiles/profiles.ts'

export interface LoginParts {
  host: LoginHost
  /** Of the clients that log in: they call AWS, and nobody else. */
  clientConfig: () => ClientConfig
}

/** Where pipelines can live, and who we are there. */
export function createTargetsService(deps: {
  targets: () => Promise<Target[]>
  profiles: Profiles | undefined
  clientsOf: (target: Target) => AwsClients
  clock: Clock
  /** How somebody logs in; where nobody can, it is left out. */
  login?: LoginParts | undefined
  /** Called with the address of each page that somebody is asked to open. */
  mayOpen?: ((url: string) => void) | undefined
}): ServiceOf<typeof targetsContract> {
  return {
    list: () => deps.targets(),
    profiles: async () => (await deps.profiles?.list()) ?? { profiles: [], problems: [] },
    async *login({ profile, ssoSession, way }, { signal }) {
      if (!deps.profiles || !deps.login)
        throw new ExpectedError({ code: 'unavailable', message: 'Nobody can log in here.', retryable: false })
      const { files } = deps.profiles
      const login = await deps.profiles.loginOf({ profile, ssoSession })
      const { host, clientConfig } = deps.login
      const options = { files, host, clientConfig: clientConfig(), clock: deps.clock, login, way }
      for await (const event of logIn(options, signal)) {
        if (event.state === 'waiting') deps.mayOpen?.(event.url)
        yield event
      }
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
