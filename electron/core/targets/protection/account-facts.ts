import { ListAccountAliasesCommand, type ListAccountAliasesCommandOutput } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, type GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts'
import { toAppError } from '../../errors/expected-error.ts'
import type { AccountFacts } from './classify.ts'

/** Asks AWS whose account it is: once for each set of credentials. */
export type AskFacts = (wanted: { aliases: boolean }, signal?: AbortSignal) => Promise<AccountFacts>

interface Options {
  abortSignal?: AbortSignal
}
/** Of the target's own clients, what is asked here. */
interface Asked {
  sts: {
    config: { credentials(): Promise<{ accessKeyId: string }> }
    send(command: GetCallerIdentityCommand, options: Options): Promise<GetCallerIdentityCommandOutput>
  }
  iam: { send(command: ListAccountAliasesCommand, options: Options): Promise<ListAccountAliasesCommandOutput> }
}

/**
 * STS says the account of the credentials that are used now. A renewed set is asked about again: the files may say
 * another account since.
 */
export function createAskFacts({ sts, iam }: Asked): AskFacts {
  let known: { accessKeyId: string; facts: AccountFacts } | undefined
  return async ({ aliases }, signal) => {
    const { accessKeyId } = await sts.config.credentials()
    const options = signal ? { abortSignal: signal } : {}
    if (known?.accessKeyId !== accessKeyId) {
      const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}), options)
      known = { accessKeyId, facts: { account: Account, arn: Arn, aliases: undefined } }
    }
    if (aliases && known.facts.aliases === undefined)
      known = { accessKeyId, facts: { ...known.facts, aliases: await aliasesOf(iam, options) } }
    return known.facts
  }
}

async function aliasesOf(iam: Asked['iam'], options: Options): Promise<string[] | 'denied'> {
  try {
    // An account has one alias at most (IAM API reference, ListAccountAliases): no page follows.
    return (await iam.send(new ListAccountAliasesCommand({}), options)).AccountAliases ?? []
  } catch (error) {
    if (toAppError(error).code === 'access_denied') return 'denied'
    throw error
  }
}
