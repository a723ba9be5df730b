import type { Command } from 'commander'
import type { Services } from '../../../shared/features/services.ts'
import type { ConnectOptions } from '../../../shared/rpc/connect.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { explain } from './explain.ts'
import { openTerminal, type Terminal } from './provision/terminal.ts'

/** How a command unlocks its one action where the target is protected. */
export interface UnlockOptions {
  /** The name of the action, typed on the command line. The environment is never asked. */
  unlock?: string
}

/** Of commands that change something. */
export const withUnlock = (command: Command): Command =>
  command.option(
    '--unlock <name>',
    'on a protected target: the name of the action, as its refusal asks for it (default: it is asked for)',
  )

type Unlock = NonNullable<AppError['unlock']>

/** Gets the ticket of what was refused: by the name on the command line, or by asking at the terminal. */
export function unlockBy({ unlock: given }: UnlockOptions, services: () => Pick<Services, 'protection'>) {
  const unlock: ConnectOptions['unlock'] = async ({ op, input, error }, signal) => {
    if (!error.unlock) return undefined
    const terminal = given === undefined ? openTerminal(process.stdin, process.stderr) : undefined
    try {
      const typed = given ?? (terminal && (await askToType(error.unlock, terminal)))
      if (typed === undefined) return undefined
      const result = await services().protection.unlock({ op, input, typed }, signal)
      if (result.ok) return result.value.ticket
      process.stderr.write(`${explain(result.error)}\n`)
      return undefined
    } finally {
      terminal?.close()
    }
  }
  return unlock
}

/** Says what would be done where, and takes what is typed. */
export async function askToType(unlock: Unlock, terminal: Pick<Terminal, 'ask'>): Promise<string | undefined> {
  const { target, account, region, accountClass, because, type } = unlock
  const lines = [
    `${target} is protected: class ${accountClass}, account ${account || 'not known'}, region ${region}.`,
    because,
    `Type ${type} to unlock this one run of it: `,
  ]
  return (await terminal.ask(lines.join('\n')))?.trim()
}
