import type { Plan, PlanOptions } from '../../../../shared/features/provision.ts'
import { shellWord } from '../../../../shared/shell-word.ts'
import { processTimes } from '../../../../shared/time/times.ts'
import { dataOption } from '../../data-folder.ts'
import { createDisplay } from '../demo/display.ts'
import { type CommonOptions, onFolder } from '../on-folder.ts'
import { take } from '../session.ts'
import { targetWords } from '../target.ts'
import { carryOut, sayEnd } from './carry-out.ts'
import { type Consent, consentTo } from './consent.ts'
import { EXIT_CODES, nothingDone, type Outcome } from './outcome.ts'
import { isToDo, planLines } from './plan-text.ts'
import { openTerminal } from './terminal.ts'

export interface PlanCommandOptions extends CommonOptions {
  /** Of the stream; those of the spec when it is left out. */
  shards?: number
}
export interface ApplyOptions extends PlanCommandOptions {
  /** The id of a plan that was shown. */
  plan?: string
  yes: boolean
  /** Names that were typed. */
  confirm: string[]
}

const planOptions = ({ shards }: PlanCommandOptions): PlanOptions =>
  shards === undefined ? {} : { partitions: shards }

/** `sluice plan`: what apply would do, and the command that does it. */
export const runPlan = (options: PlanCommandOptions): Promise<number> =>
  onFolder('plan', options, async ({ session, scope, data }) => {
    const plan = take(await session.provision.plan({ ...scope, options: planOptions(options) }))
    const folders = options.pipelines.map(folder => `--pipelines ${shellWord(folder)}`)
    const target = targetWords(options)
    const words = ['sluice apply --plan', plan.id, '--pipeline', scope.pipeline, ...target, ...folders]
    const command = [...words, dataOption(data)]
    const isAnyToDo = plan.changes.some(isToDo)
    const lines = [...planLines(plan), ...(isAnyToDo ? [`Apply exactly this with: ${command.join(' ')}`] : [])]
    process.stdout.write(options.json ? `${JSON.stringify(plan)}\n` : `${lines.join('\n')}\n`)
    return EXIT_CODES.done
  })

/**
 * `sluice apply`: a plan that was shown before, or the one of now, which it shows. Nothing is changed without consent.
 * Gives its exit code.
 */
export const runApply = (options: ApplyOptions): Promise<number> =>
  onFolder('apply', options, async ({ session, scope }) => {
    const display = createDisplay(options.json ? process.stderr : process.stdout, processTimes.monotonic)
    const plan = take(
      options.plan === undefined
        ? await session.provision.plan({ ...scope, options: planOptions(options) })
        : await session.provision.recall({ ...scope, id: options.plan }),
    )
    if (options.plan === undefined) for (const line of planLines(plan)) display.line(line)
    const ids = plan.changes.map(({ id }) => id)
    const consent = await askFor(plan, options)
    const outcome =
      consent.state === 'given'
        ? await carryOut(
            signal =>
              session.provision.apply(
                { ...scope, options: plan.options, shown: plan, confirm: consent.confirm },
                signal,
              ),
            ids,
            display,
          )
        : refused(ids, consent)
    if (outcome.state === 'done')
      display.line(
        outcome.done.length > 0
          ? `Plan ${plan.id} is applied: ${outcome.done.length} changed, ${outcome.skipped.length} left as they were.`
          : 'Nothing was to be changed.',
      )
    else sayEnd(outcome, 'The plan')
    if (options.json) process.stdout.write(`${JSON.stringify({ plan: plan.id, ...outcome })}\n`)
    return EXIT_CODES[outcome.state]
  })

async function askFor(plan: Plan, { plan: named, yes, confirm }: ApplyOptions): Promise<Consent> {
  const terminal = openTerminal(process.stdin, process.stderr)
  try {
    return await consentTo(plan, { isAgreed: yes || named !== undefined, confirm }, terminal)
  } finally {
    terminal?.close()
  }
}

const refused = (ids: readonly string[], consent: Exclude<Consent, { state: 'given' }>): Outcome =>
  consent.state === 'cancelled'
    ? nothingDone(ids, 'cancelled')
    : nothingDone(ids, 'unconfirmed', {
        code: 'invalid_input',
        reason: 'unconfirmed',
        message: `${consent.why} Nothing was changed.`,
        retryable: false,
      })
