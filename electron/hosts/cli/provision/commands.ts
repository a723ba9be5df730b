import { type Command, InvalidArgumentError, Option } from 'commander'
import { PlanId } from '../../../../shared/features/provision.ts'
import { shardCount, withPipeline } from '../demo/options.ts'
import { withTarget } from '../target.ts'
import { withUnlock } from '../unlock.ts'
import { type ApplyOptions, type PlanCommandOptions, runApply, runPlan } from './apply.ts'
import { type DestroyOptions, runDestroy } from './destroy.ts'
import { EXIT_CODE_HELP } from './outcome.ts'

/** Declares `plan`, `apply` and `destroy`; `finish` is given the exit code of the one that ran. */
export function addProvisionCommands(program: Command, finish: (exitCode: number) => void): void {
  withShards(withTarget(withPipeline(program.command('plan'))))
    .description('what must exist against what exists, with permissions, cost and the id by which it is applied')
    .action(async (options: PlanCommandOptions) => finish(await runPlan(options)))
  withUnlock(withShards(withTarget(withPipeline(program.command('apply')))))
    .description('do what a plan says: the one that was shown before (--plan), or the one of now, after a question')
    .addOption(
      new Option(
        '--plan <id>',
        'apply exactly this plan, as "sluice plan" or the console showed it, or end with what has changed since',
      )
        .argParser(planId)
        .conflicts('shards'),
    )
    .option('--yes', 'agree to what takes nothing away, without being asked', false)
    .option(
      '--confirm <name>',
      'the name of a resource from which something is taken away, typed; may be given several times',
      (name: string, before: string[]) => [...before, name],
      [] as string[],
    )
    .addHelpText('after', EXIT_CODE_HELP)
    .action(async (options: ApplyOptions) => finish(await runApply(options)))
  withUnlock(withTarget(withPipeline(program.command('destroy'))))
    .description('remove what Sluice made for the pipeline, with its data, and nothing else')
    .option('--name <pipeline>', "the pipeline's id, typed to confirm (default: it is asked for)")
    .addHelpText('after', EXIT_CODE_HELP)
    .action(async (options: DestroyOptions) => finish(await runDestroy(options)))
}

const withShards = (command: Command): Command =>
  command.option('--shards <n>', 'shards of the stream (default: those of the spec)', shardCount)

function planId(text: string): string {
  const parsed = PlanId.safeParse(text)
  if (!parsed.success) throw new InvalidArgumentError('Give the id of a plan: 12 hexadecimal digits.')
  return parsed.data
}
