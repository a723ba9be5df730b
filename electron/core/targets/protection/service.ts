import { effectOf, type NamedBy, nameOf } from '../../../../shared/features/effects.ts'
import type { protectionContract } from '../../../../shared/features/protection.ts'
import { findTarget, type Target } from '../../../../shared/features/targets.ts'
import { ExpectedError, type ServiceOf } from '../../../../shared/rpc/contract.ts'
import type { AskFacts } from './account-facts.ts'
import type { Protection } from './protection.ts'
import type { Unlocks } from './unlocks.ts'

/** The user's rules, what they say of a target, and the unlocking of one action. */
export function createProtectionService(deps: {
  targets: () => Promise<Target[]>
  clientsOf: (target: Target) => { askFacts: AskFacts }
  protection: Protection
  unlocks: Unlocks
  /** The input of an operation as its contract takes it. @throws ExpectedError */
  parseInput: (op: string, input: unknown) => unknown
}): ServiceOf<typeof protectionContract> {
  const { protection, unlocks } = deps
  return {
    rules: async () => protection.rules.view(),
    setRules: async ({ rules, version }) => protection.rules.write({ rules }, version),
    async standing({ target: id }, { signal }) {
      const target = findTarget(await deps.targets(), id)
      if (!target)
        throw new ExpectedError({ code: 'not_found', message: `There is no target named ${id}.`, retryable: false })
      const ask: AskFacts = (wanted, given) => deps.clientsOf(target).askFacts(wanted, given)
      const { facts, ...standing } = await protection.standing(target, ask, signal)
      const aliases = Array.isArray(facts?.aliases) ? [...(facts.aliases as readonly string[])] : []
      return { ...standing, arn: facts?.arn ?? null, aliases }
    },
    async unlock({ op, input, typed }) {
      const parsed = deps.parseInput(op, input)
      const effect = effectOf(op)
      const name = effect && nameOf(effect, parsed as NamedBy)
      if (name === undefined)
        throw new ExpectedError({
          code: 'invalid_input',
          message: `${op} changes nothing that could be unlocked.`,
          retryable: false,
        })
      return unlocks.grant({ op, input: parsed, name, typed })
    },
  }
}
