import { conditionText, type ProtectionRule, type Standing } from '../../../../shared/features/protection.ts'
import type { PlacedTarget } from '../../../../shared/features/targets.ts'

/** What AWS says of an account, as far as it was asked. */
export interface AccountFacts {
  account: string
  arn: string
  /** Undefined where they were not asked for, `denied` where AWS refused it. */
  aliases: readonly string[] | 'denied' | undefined
}

/** The rules as they are in force. */
export type RulesInForce = { rules: readonly ProtectionRule[] } | { broken: string }

/** What rules are held against. The profile's word for the account counts only until AWS has been asked. */
export type ClassedTarget = Pick<PlacedTarget, 'kind' | 'account' | 'colour' | 'profile'>

/** The class of a target: by the first rule that fits, else production; the sandbox is one unless a rule names it. */
export function classify(target: ClassedTarget, inForce: RulesInForce, facts: AccountFacts | undefined): Standing {
  if ('broken' in inForce)
    return target.kind === 'sandbox'
      ? SANDBOX
      : production(`The rules cannot be read, so every account is one of production: ${inForce.broken}`)
  const found = inForce.rules.findIndex(rule => fits(rule, target, facts))
  const rule = inForce.rules[found]
  if (!rule) return target.kind === 'sandbox' ? SANDBOX : production('No rule names it, so it is one of production.')
  const said = `Rule ${found + 1} says so (${conditionText(rule)}).`
  if (rule.class === 'development') return { accountClass: 'development', classedBy: said, protection: 'none' }
  if (rule.neverUnlock) return { accountClass: 'production', classedBy: said, protection: 'read-only' }
  return production(said)
}

const SANDBOX: Standing = {
  accountClass: 'sandbox',
  classedBy: 'It is the sandbox of this machine, and no account of AWS.',
  protection: 'none',
}

const production = (classedBy: string): Standing => ({ accountClass: 'production', classedBy, protection: 'unlock' })

function fits(rule: ProtectionRule, target: ClassedTarget, facts: AccountFacts | undefined): boolean {
  if (target.kind === 'sandbox') return rule.target === 'sandbox'
  if (rule.target !== undefined) return false
  const aliases = Array.isArray(facts?.aliases) ? (facts.aliases as readonly string[]) : []
  return (
    oneMatches(rule.account, [facts?.account ?? target.account]) &&
    oneMatches(rule.alias, aliases) &&
    oneMatches(rule.colour, [target.colour]) &&
    oneMatches(rule.profile, target.profile === undefined ? [] : [target.profile])
  )
}

const oneMatches = (glob: string | undefined, values: readonly string[]): boolean =>
  glob === undefined || values.some(value => value !== '' && matches(glob, value))

/**
 * Whether a text fits a pattern as a whole: `*` stands for any text, `?` for one letter; case does not matter. A star
 * takes as little as it can, and one letter more whenever what follows does not fit: the time is that of both lengths,
 * not of all ways to cut the text.
 */
export function matches(glob: string, text: string): boolean {
  const [pattern, letters] = [[...glob.toLowerCase()], [...text.toLowerCase()]]
  let [at, star, taken] = [0, -1, 0]
  for (let place = 0; place < letters.length; ) {
    const wanted = pattern[at]
    if (wanted === '*') {
      star = at++
      taken = place
    } else if (wanted === '?' || wanted === letters[place]) {
      at++
      place++
    } else if (star >= 0) {
      at = star + 1
      place = ++taken
    } else return false
  }
  return pattern.slice(at).every(letter => letter === '*')
}

/** Whether any rule asks for what only IAM says. */
export const asksForAliases = (inForce: RulesInForce): boolean =>
  'rules' in inForce && inForce.rules.some(rule => rule.alias !== undefined)
