import { effectOf, type NamedBy, nameOf } from '../../../../shared/features/effects.ts'
import { findTarget, type Target } from '../../../../shared/features/targets.ts'
import { type CallContext, ExpectedError } from '../../../../shared/rpc/contract.ts'
import type { Services } from '../../../../shared/rpc/serve.ts'
import { type Action, asAction, streamAsAction } from '../../work/action.ts'
import type { AskFacts } from './account-facts.ts'
import type { ChangeLog } from './change.ts'
import { type Protection, protectedError } from './protection.ts'
import type { Unlocks } from './unlocks.ts'

export interface GuardedParts {
  targets: () => Promise<Target[]>
  clientsOf: (target: Target) => { askFacts: AskFacts }
  protection: Protection
  unlocks: Unlocks
  changes: ChangeLog
  newId: () => string
}

type Method = (input: unknown, context: CallContext) => unknown

/**
 * The same services, each run of an operation as an action of its own. One that changes a target which is protected is
 * refused before it begins, unless its ticket says that somebody typed its name.
 */
export function guarded<S extends Services>(services: S, parts: GuardedParts): S {
  const entries = Object.entries(services).map(([feature, { contract, service }]) => {
    const methods = Object.entries(contract).map(([operation, { kind }]) => {
      const method = (service as Record<string, Method>)[operation]
      if (!method) throw new Error(`Service ${feature} declares ${operation} but does not implement it`)
      const op = `${feature}.${operation}`
      const run: Method = (input, context) => method.call(service, input, context)
      return [operation, kind === 'call' ? guardCall(op, run, parts) : guardStream(op, run, parts)]
    })
    return [feature, { contract, service: Object.fromEntries(methods) }]
  })
  return Object.fromEntries(entries)
}

const guardCall =
  (op: string, run: Method, parts: GuardedParts): Method =>
  async (input, context) => {
    const action = await admitted(op, input as NamedBy, context, parts)
    return asAction(action, async () => run(input, context))
  }

const guardStream = (op: string, run: Method, parts: GuardedParts): Method =>
  async function* (input, context) {
    const action = await admitted(op, input as NamedBy, context, parts)
    yield* streamAsAction(action, () => run(input, context) as AsyncIterable<unknown>)
  }

/** The action that a run is. @throws ExpectedError `protected` */
async function admitted(op: string, input: NamedBy, context: CallContext, parts: GuardedParts): Promise<Action> {
  const effect = effectOf(op)
  if (effect === undefined) throw new Error(`Nothing says what ${op} changes (shared/features/effects.ts)`)
  const name = nameOf(effect, input) ?? null
  const action: Action = {
    id: parts.newId(),
    operation: op,
    name,
    target: input.target ?? null,
    pipeline: input.pipeline ?? null,
    unlocked: false,
  }
  if (name === null) return action
  const known = await parts.targets()
  const target = input.target === undefined ? undefined : findTarget(known, input.target)
  // The operation itself says that there is none.
  if (!target) return action
  const isTicketGood = context.unlock !== undefined && parts.unlocks.take(context.unlock, { op, input })
  if (context.unlock !== undefined && !isTicketGood) throw expired(name)
  // Whether SQL changes anything is seen where it is read.
  if (typeof effect === 'object' && 'sql' in effect) return { ...action, unlocked: isTicketGood }
  const { account, facts, ...standing } = await parts.protection.standing(
    target,
    // A client is made for it, and asked, only where the rules need it.
    (wanted, signal) => parts.clientsOf(target).askFacts(wanted, signal),
    context.signal,
  )
  if (standing.protection === 'none') return action
  if (standing.protection === 'unlock' && isTicketGood) return { ...action, unlocked: true }
  const refused = protectedError({ ...target, account }, standing, { what: name, name })
  parts.changes.refused(
    { target, standing, account, who: facts?.arn ?? null, action, service: null, call: null, input: undefined },
    refused,
  )
  throw refused
}

const expired = (name: string): ExpectedError =>
  new ExpectedError({
    code: 'access_denied',
    reason: 'protected',
    message: `What unlocked "${name}" is for another run, was used, or has expired.`,
    hint: 'Begin it again, and type its name again.',
    retryable: false,
  })
