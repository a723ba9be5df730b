import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { findTarget, type Target, type targetsContract } from '../../../shared/features/targets.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { AwsClients } from './clients.ts'
import type { Profiles } from './profiles/profiles.ts'

/** Where pipelines can live, and who we are there. */
export function createTargetsService(deps: {
  targets: () => Promise<Target[]>
  profiles: Profiles | undefined
  clientsOf: (target: Target) => AwsClients
  clock: Clock
}): ServiceOf<typeof targetsContract> {
  return {
    list: () => deps.targets(),
    profiles: async () => (await deps.profiles?.list()) ?? { profiles: [], problems: [] },
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
