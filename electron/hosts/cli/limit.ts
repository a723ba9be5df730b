import { type Command, InvalidArgumentError, Option } from 'commander'
import { Limit, type SetLimit } from '../../../shared/limit.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { processTimes } from '../../../shared/time/times.ts'
import { switchLine } from './cost-text.ts'
import { createDisplay } from './demo/display.ts'
import { withPipeline } from './demo/options.ts'
import { type CommonOptions, onFolder } from './on-folder.ts'
import { carryOut, sayEnd } from './provision/carry-out.ts'
import { EXIT_CODES } from './provision/outcome.ts'
import { take } from './session.ts'
import { withTarget } from './target.ts'
import { withUnlock } from './unlock.ts'

interface LimitOptions extends CommonOptions {
  hours?: number
  usd?: number
  unattended?: number
  off: boolean
}

/** Declares `limit`; `finish` is given its exit code. */
export function addLimitCommand(program: Command, finish: (exitCode: number) => void): void {
  withUnlock(withTarget(withPipeline(program.command('limit'))))
    .description('let AWS stop the cluster after a limit, with the console closed, too; says what is set without one')
    .option('--hours <n>', 'so many hours from now, or from the start of a cluster that is to come', amount)
    .option('--usd <n>', 'when the cluster has cost so much since its start, estimated by list prices', amount)
    .option('--unattended <n>', 'so many hours after the last console was closed', amount)
    .addOption(new Option('--off', 'nothing stops it').default(false).conflicts(['hours', 'usd', 'unattended']))
    .action(async (options: LimitOptions) => finish(await runLimit(options)))
}

function amount(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Give a number above 0.')
  return value
}

/** `sluice limit`: sets it and applies that, or says what is set. Gives its exit code. */
const runLimit = (options: LimitOptions): Promise<number> =>
  onFolder('limit', options, async ({ session, scope }) => {
    const asked = limitOf(options)
    if (asked !== undefined) {
      const display = createDisplay(options.json ? process.stderr : process.stdout, processTimes.monotonic)
      const work = (signal: AbortSignal) => session.provision.limit({ ...scope, limit: asked }, signal)
      const outcome = await carryOut(work, [], display)
      if (outcome.state !== 'done') {
        sayEnd(outcome, 'The limit')
        if (options.json) process.stdout.write(`${JSON.stringify(outcome)}\n`)
        return EXIT_CODES[outcome.state]
      }
    }
    const { switch: state } = take(await session.cost.read(scope))
    process.stdout.write(options.json ? `${JSON.stringify(state)}\n` : `${switchLine(state)}\n`)
    return EXIT_CODES.done
  })

/** What was asked for; null to have none, undefined where nothing was. */
function limitOf({ hours, usd, unattended, off }: LimitOptions): SetLimit | null | undefined {
  if (off) return null
  const given = {
    ...(hours !== undefined && { hours }),
    ...(usd !== undefined && { usd }),
    ...(unattended !== undefined && { unattendedHours: unattended }),
  }
  if (Object.keys(given).length === 0) return undefined
  const limit = Limit.safeParse(given)
  if (limit.success) return { limit: limit.data, setAt: new Date(processTimes.now()).toISOString() }
  throw new ExpectedError({
    code: 'invalid_input',
    message: `That is no limit: ${limit.error.issues.map(issue => issue.message).join('; ')}.`,
    hint: 'A year of hours and a million dollars are the most.',
    retryable: false,
  })
}
