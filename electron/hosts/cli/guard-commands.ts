import { type Command, InvalidArgumentError, Option } from 'commander'
import { AuditOutcome } from '../../../shared/features/audit.ts'
import type { ProtectionRule } from '../../../shared/features/protection.ts'
import { type AuditOptions, runAudit, sinceTime } from './audit.ts'
import { rowCount } from './demo/options.ts'
import { type ProtectOptions, type RuleOptions, runProtect, runProtectAdd, runProtectRemove } from './protect.ts'

const onData = (command: Command): Command =>
  command
    .option('--data <dir>', "folder of the state (default: the user's data folder)")
    .option('--json', 'one JSON object on stdout', false)

/** Declares `protect` and `audit`; `finish` is given the exit code of the one that ran. */
export function addGuardCommands(program: Command, finish: (exitCode: number) => void): void {
  const protect = onData(program.command('protect'))
    .description('which accounts are development and which production, by your rules; what no rule names is production')
    .enablePositionalOptions()
    .action(async (options: ProtectOptions) => finish(await runProtect(options)))
  onData(protect.command('add'))
    .description('add a rule: all its conditions must hold; * stands for any text, ? for one letter')
    .argument('<class>', 'development or production', accountClass)
    .option('--account <pattern>', 'the account, as STS says it: 111122223333, or 1111*')
    .option('--alias <pattern>', "the account's alias, as IAM says it")
    .option('--colour <pattern>', 'the colour that frames the window, as #0972d3')
    .option('--profile <pattern>', 'the name of the profile')
    .option('--sandbox', 'the sandbox of this machine, to try what protection does', false)
    .option('--never-unlock', 'of production: nothing can be unlocked', false)
    .option('--note <text>', 'why')
    .option('--at <place>', 'before which rule, from 1 (default: at the end)', placeOf)
    .action(async (named: ProtectionRule['class'], options: RuleOptions) => finish(await runProtectAdd(named, options)))
  onData(protect.command('remove'))
    .description('remove a rule')
    .argument('<rule>', 'its number, as "sluice protect" lists it', placeOf)
    .action(async (rule: number, options: ProtectOptions) => finish(await runProtectRemove(rule, options)))
  onData(program.command('audit'))
    .description('what was changed from here, and tried: when, where, by whom, with which request, and what came of it')
    .option('--since <time>', 'a time, or how long ago: 2026-12-01T14:00Z, 30m, 12h, 7d', sinceTime)
    .option('--target <id>', 'of this target')
    .option('--action <name>', 'of this operation or service: provision.apply, kinesis')
    .addOption(new Option('--outcome <name>', 'with this outcome').choices(AuditOutcome.options))
    .option('--limit <n>', 'the newest so many', rowCount, 500)
    .addOption(new Option('--csv', 'all that fit, as CSV').default(false).conflicts('json'))
    .action(async (options: AuditOptions) => finish(await runAudit(options)))
}

function accountClass(text: string): 'development' | 'production' {
  if (text === 'development' || text === 'production') return text
  throw new InvalidArgumentError('Give development or production; "sandbox" is the one of this machine.')
}

function placeOf(text: string): number {
  const place = Number(text)
  if (!Number.isInteger(place) || place < 1) throw new InvalidArgumentError('Give a number from 1.')
  return place
}
