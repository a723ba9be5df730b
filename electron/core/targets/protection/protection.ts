import type { Standing } from '../../../../shared/features/protection.ts'
import type { PlacedTarget, Target } from '../../../../shared/features/targets.ts'
import { type AppError, ExpectedError } from '../../../../shared/rpc/contract.ts'
import type { AskFacts } from './account-facts.ts'
import { type AccountFacts, asksForAliases, classify } from './classify.ts'
import type { RulesFile } from './rules-file.ts'

export type Known = Standing & { account: string; facts: AccountFacts | undefined; unknown: string[] }

/** What may be done on a target, by the user's rules and what AWS said of its account. */
export interface Protection {
  rules: RulesFile
  /** A target with its class, as far as it is known without a call. */
  classed(target: PlacedTarget): Target
  /**
   * The class of a target for a change: by what AWS says of the credentials that would make it.
   * @throws ExpectedError `conflict` where that is another account than the profile's
   */
  standing(target: PlacedTarget, askFacts: AskFacts, signal?: AbortSignal): Promise<Known>
}

export function createProtection(rules: RulesFile): Protection {
  /** What AWS said last, by target. */
  const seen = new Map<string, AccountFacts>()
  return {
    rules,
    classed(target) {
      const facts = seen.get(target.id)
      const account = facts?.account ?? target.account
      return { ...target, account, ...classify(target, rules.inForce(), facts) }
    },
    async standing(target, askFacts, signal) {
      const inForce = rules.inForce()
      // The sandbox's class hangs on no account.
      if (target.profile === undefined)
        return { ...classify(target, inForce, undefined), account: target.account, facts: undefined, unknown: [] }
      const facts = await askFacts({ aliases: asksForAliases(inForce) }, signal)
      seen.set(target.id, facts)
      refuseOtherAccount(target, facts)
      const unknown =
        facts.aliases === 'denied'
          ? ['The account alias: iam:ListAccountAliases was denied, so no rule by alias fits.']
          : []
      const standing = classify(target, inForce, facts)
      return {
        ...standing,
        classedBy: [standing.classedBy, ...unknown].join(' '),
        account: facts.account,
        facts,
        unknown,
      }
    },
  }
}

/** Names and ARNs are made of the account that the profile says: in another one they would be those of others. */
function refuseOtherAccount({ title, account }: PlacedTarget, facts: AccountFacts): void {
  if (account === '' || account === facts.account) return
  throw new ExpectedError({
    code: 'conflict',
    message: `Profile ${title} says account ${account}, and its credentials are those of account ${facts.account}.`,
    hint: 'Nothing is changed there. Mend the profile, or use the one of that account.',
    retryable: false,
  })
}

/** What is refused because of its target's class, with what is to be typed where anything is. */
export function protectedError(
  target: Pick<Target, 'title' | 'account' | 'region'>,
  standing: Standing,
  { what, name }: { what: string; name: string | null },
): ExpectedError {
  const where = `${target.title} is ${standing.accountClass}`
  const common = { code: 'access_denied', reason: 'protected', retryable: false } as const
  if (standing.protection === 'read-only')
    return new ExpectedError({
      ...common,
      message: `${where} and read-only: ${what} is refused, and cannot be unlocked. ${standing.classedBy}`,
      hint: 'The rules say so ("neverUnlock"). Change them, or choose another target: sluice protect',
    })
  return new ExpectedError({
    ...common,
    message: `${where}: ${what} is refused until it is unlocked. ${standing.classedBy}`,
    hint:
      name === null
        ? 'Only an action that is begun on a page or by a command can be unlocked.'
        : `Type ${JSON.stringify(name)} where it is asked for, or give the command --unlock ${JSON.stringify(name)}.`,
    ...(name !== null && { unlock: unlockOf(target, standing, name) }),
  })
}

const unlockOf = (
  { title, account, region }: Pick<Target, 'title' | 'account' | 'region'>,
  { accountClass, classedBy }: Standing,
  name: string,
): AppError['unlock'] => ({ type: name, accountClass, target: title, account, region, because: classedBy })
