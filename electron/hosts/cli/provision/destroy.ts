import type { Plan } from '../../../../shared/features/provision.ts'
import { processTimes } from '../../../../shared/time/times.ts'
import { createDisplay } from '../demo/display.ts'
import { type CommonOptions, onFolder } from '../on-folder.ts'
import { take } from '../session.ts'
import { carryOut, sayEnd } from './carry-out.ts'
import { EXIT_CODES, nothingDone } from './outcome.ts'
import { openTerminal } from './terminal.ts'

export interface DestroyOptions extends CommonOptions {
  /** The pipeline's id, as it was typed. */
  name?: string
}

/** `sluice destroy`: lists what it would remove, and does when the pipeline's name was typed. Gives its exit code. */
export const runDestroy = (options: DestroyOptions): Promise<number> =>
  onFolder('destroy', options, async ({ session, scope }) => {
    const display = createDisplay(options.json ? process.stderr : process.stdout, processTimes.monotonic)
    const plan = take(await session.provision.plan({ ...scope, options: {} }))
    for (const line of destroyLines(plan, scope.pipeline)) display.line(line)
    const ids = plan.changes.map(({ id }) => id)
    const confirm = options.name ?? (await askForName(scope.pipeline))
    // A name that is missing or wrong, core refuses.
    const outcome =
      confirm === undefined
        ? nothingDone(ids, 'cancelled')
        : await carryOut(signal => session.provision.destroy({ ...scope, confirm }, signal), ids, display)
    if (outcome.state === 'done') display.line(`${scope.pipeline} is destroyed: ${outcome.done.length} removed.`)
    else sayEnd(outcome, 'The destroy')
    if (options.json) {
      const now = outcome.state === 'done' && take(await session.provision.plan({ ...scope, options: {} }))
      process.stdout.write(`${JSON.stringify({ ...now, ...outcome })}\n`)
    }
    return EXIT_CODES[outcome.state]
  })

function destroyLines({ changes }: Plan, pipeline: string): string[] {
  const ours = changes.filter(({ action, madeHere }) => madeHere && action !== 'create')
  if (ours.length === 0) return [`Nothing of ${pipeline} was made here.`]
  return [
    `This removes what Sluice made for ${pipeline}, with its data, and nothing else:`,
    ...ours.map(({ id }) => `  ${id}`),
  ]
}

/** What was typed; the empty text where nobody can be asked, undefined for Ctrl-C. */
async function askForName(pipeline: string): Promise<string | undefined> {
  const terminal = openTerminal(process.stdin, process.stderr)
  if (!terminal) return ''
  try {
    return (await terminal.ask(`Type ${pipeline} to destroy it: `))?.trim()
  } finally {
    terminal.close()
  }
}
