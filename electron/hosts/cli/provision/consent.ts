import type { Plan } from '../../../../shared/features/provision.ts'
import { isToDo, namesToType } from './plan-text.ts'
import type { Terminal } from './terminal.ts'

export interface Asked {
  /** What takes nothing away is agreed to: by --yes, or because the plan that was shown is named. */
  isAgreed: boolean
  /** Names that were typed on the command line. */
  confirm: readonly string[]
}

/** Agreed, with the names that were typed; or not, and why; or Ctrl-C. */
export type Consent =
  | { state: 'given'; confirm: string[] }
  | { state: 'declined'; why: string }
  | { state: 'cancelled' }

/** Asks for what a plan needs before it is applied, where that was not said on the command line. */
export async function consentTo(
  plan: Pick<Plan, 'changes'>,
  asked: Asked,
  terminal: Terminal | undefined,
): Promise<Consent> {
  const confirm = [...asked.confirm]
  const open = namesToType(plan).filter(name => !confirm.includes(name))
  const count = plan.changes.filter(isToDo).length
  const needsYes = !asked.isAgreed && plan.changes.some(change => isToDo(change) && change.confirm === undefined)
  if (!terminal) {
    const missing = [...(needsYes ? ['--yes'] : []), ...open.map(name => `--confirm ${name}`)]
    if (missing.length === 0) return { state: 'given', confirm }
    return { state: 'declined', why: `There is no terminal to ask on. To apply this plan, give ${missing.join(' ')}.` }
  }
  for (const name of open) {
    const typed = await terminal.ask(`Type ${name} to confirm what it takes away: `)
    if (typed === undefined) return { state: 'cancelled' }
    if (typed.trim() !== name) return { state: 'declined', why: `"${typed.trim()}" is not ${name}.` }
    confirm.push(name)
  }
  // Who typed a name has read the plan.
  if (!needsYes || open.length > 0) return { state: 'given', confirm }
  const typed = await terminal.ask(`Apply ${count} ${count === 1 ? 'change' : 'changes'}? Type yes: `)
  if (typed === undefined) return { state: 'cancelled' }
  return typed.trim().toLowerCase() === 'yes' ? { state: 'given', confirm } : { state: 'declined', why: 'Declined.' }
}
