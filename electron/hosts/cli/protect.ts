import { conditionText, type ProtectionRule, type RulesView } from '../../../shared/features/protection.ts'
import type { Target } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { onCore } from './on-folder.ts'
import { type Session, take } from './session.ts'
import { table } from './text.ts'

export interface ProtectOptions {
  data?: string
  json: boolean
}
/** The conditions of a rule, as options. */
export interface RuleOptions extends ProtectOptions {
  account?: string
  alias?: string
  colour?: string
  profile?: string
  sandbox: boolean
  neverUnlock: boolean
  note?: string
  /** Its place, from 1; at the end where it is left out. */
  at?: number
}

/** `sluice protect`: the rules, and what each target is by them. Exit code 1 while the file is broken. */
export const runProtect = (options: ProtectOptions): Promise<number> =>
  onCore('protect', options, session => show(session, options))

/** `sluice protect add CLASS`: a rule more. */
export const runProtectAdd = (accountClass: ProtectionRule['class'], options: RuleOptions): Promise<number> =>
  onCore('protect', options, async session => {
    const view = take(await session.protection.rules({}))
    const at = options.at === undefined ? view.rules.length : Math.min(options.at - 1, view.rules.length)
    return change(session, view, view.rules.toSpliced(at, 0, ruleOf(accountClass, options)), options)
  })

/** `sluice protect remove N`: a rule less. */
export const runProtectRemove = (rule: number, options: ProtectOptions): Promise<number> =>
  onCore('protect', options, async session => {
    const view = take(await session.protection.rules({}))
    if (!view.rules[rule - 1])
      throw new ExpectedError({
        code: 'not_found',
        message: `There is no rule ${rule}; there are ${view.rules.length}.`,
        hint: 'List them with: sluice protect',
        retryable: false,
      })
    return change(session, view, view.rules.toSpliced(rule - 1, 1), options)
  })

function ruleOf(accountClass: ProtectionRule['class'], options: RuleOptions): ProtectionRule {
  const { account, alias, colour, profile, sandbox, neverUnlock, note } = options
  return {
    class: accountClass,
    ...(account !== undefined && { account }),
    ...(alias !== undefined && { alias }),
    ...(colour !== undefined && { colour }),
    ...(profile !== undefined && { profile }),
    ...(sandbox && { target: 'sandbox' as const }),
    ...(neverUnlock && { neverUnlock }),
    ...(note !== undefined && { note }),
  }
}

async function change(
  session: Session,
  view: RulesView,
  rules: ProtectionRule[],
  options: ProtectOptions,
): Promise<number> {
  if (view.state === 'broken')
    throw new ExpectedError({
      code: 'conflict',
      message: `${view.file} cannot be read, so it is not changed.`,
      details: problemLines(view),
      hint: 'Mend it, or remove it, then try again.',
      retryable: false,
    })
  take(await session.protection.setRules({ rules, version: view.version }))
  return show(session, options)
}

async function show(session: Session, { json }: ProtectOptions): Promise<number> {
  const view = take(await session.protection.rules({}))
  const targets = take(await session.targets.list({}))
  const shown = targets.map(({ id, account, accountClass, protection, classedBy }) => ({
    target: id,
    account,
    accountClass,
    protection,
    classedBy,
  }))
  process.stdout.write(
    json ? `${JSON.stringify({ ...view, targets: shown })}\n` : `${protectLines(view, targets).join('\n')}\n`,
  )
  return view.state === 'broken' ? 1 : 0
}

const problemLines = ({ problems }: RulesView): string[] =>
  problems.map(({ line, field, message }) =>
    [line === null ? undefined : `line ${line}`, field, message].filter(Boolean).join(': '),
  )

const DOES: Record<Target['protection'], string> = {
  none: 'changes are made',
  unlock: 'each change is unlocked by typing its name',
  'read-only': 'nothing is changed',
}

/** What `sluice protect` prints. */
export function protectLines(view: RulesView, targets: readonly Target[]): string[] {
  const rules = {
    none: ['No rules yet: every account of AWS is one of production.'],
    broken: ['✗ The rules cannot be read, so every account is one of production:', ...problemLines(view).map(indented)],
    read: table([
      ['rule', 'class', 'for', 'note'],
      ...view.rules.map((rule, place) => [
        String(place + 1),
        `${rule.class}${rule.neverUnlock ? ', never unlocked' : ''}`,
        conditionText(rule),
        rule.note ?? '',
      ]),
    ]),
  }[view.state]
  return [
    view.file,
    ...rules,
    '',
    ...table([
      ['target', 'account', 'class', 'protection', 'because'],
      ...targets.map(({ id, account, accountClass, protection, classedBy }) => [
        id,
        account || 'not known yet',
        accountClass,
        DOES[protection],
        classedBy,
      ]),
    ]),
    '',
    'The first rule that fits counts. AWS is asked whose account it is before the first change.',
  ]
}

const indented = (line: string): string => `    ${line}`
