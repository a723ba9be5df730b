import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { Target, targetsContract } from '../../../shared/features/targets.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { AwsClients } from './clients.ts'

/** Where pipelines can live, and who we are there. */
export function createTargetsService(deps: {
  targets: () => Promise<Target[]>
  clientsOf: (target: Target) => AwsClients
  clock: Clock
}): ServiceOf<typeof targetsContract> {
  return {
    list: () => deps.targets(),
    async identity({ target: id }, { signal }) {
      const target = (await deps.targets()).find(entry => entry.id === id)
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
