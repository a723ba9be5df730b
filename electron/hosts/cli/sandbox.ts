import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { clientEnvironment } from '../../sandbox/place.ts'
import { coreFolder, dataFolder, sandboxFolder } from '../data-folder.ts'
import { liveSandbox } from '../sandbox/running.ts'
import { stopSandbox, superviseSandbox } from '../sandbox/supervise.ts'

export interface SandboxCommandOptions {
  port?: number
  data?: string
  reset: boolean
  limits: boolean
}

/** Runs the sandbox in the foreground until Ctrl-C, and prints what points the AWS CLI at it. */
export async function runSandbox(options: SandboxCommandOptions): Promise<number> {
  const data = dataFolder(options.data, process.env, process.platform)
  const live = await liveSandbox(data)
  if (live) {
    process.stderr.write(`A sandbox already runs on ${data}, at ${live.endpoint}. Stop it first: sluice stop --data ${data}\n`)
    return 1
  }
  if (options.reset) {
    // Core's journals and counters speak of what was in the sandbox: they go with it.
    for (const folder of [sandboxFolder(data), coreFolder(data)]) await rm(folder, { recursive: true, force: true })
  }
  const abort = new AbortController()
  const sandbox = await superviseSandbox({
    data,
    limits: options.limits,
    detached: false,
    onEvent: text => process.stderr.write(`${text}\n`),
    onState: ({ state, log }) => {
      if (state !== 'failed') return
      // Nobody is there to ask for another try: the one who sees this starts the command again.
      process.stderr.write(log.map(line => `  ${line}\n`).join(''))
      abort.abort(new Error('failed'))
    },
    ...(options.port !== undefined && { port: options.port }),
  })
  process.stdout.write(
    [
      `# The Sluice sandbox at ${sandbox.endpoint} (not AWS); state in ${data}; Ctrl-C stops it.`,
      ...Object.entries(clientEnvironment(sandbox.endpoint)).map(([name, value]) => `export ${name}=${value}`),
      '',
    ].join('\n'),
  )
  const failed = await untilInterrupted(abort)
  await sandbox.stop()
  return failed ? 1 : 0
}

/** Resolves at Ctrl-C, or, with true, when the signal says that there is nothing to wait for any more. */
async function untilInterrupted(abort: AbortController): Promise<boolean> {
  try {
    await Promise.race(['SIGINT', 'SIGTERM'].map(signal => once(process, signal, { signal: abort.signal })))
    return false
  } catch (error) {
    if (abort.signal.aborted) return true
    throw error
  } finally {
    abort.abort()
  }
}

/** Stops the sandbox that runs on a data folder. */
export async function runStop(options: { data?: string }): Promise<number> {
  const data = dataFolder(options.data, process.env, process.platform)
  const stopped = await stopSandbox(data)
  process.stdout.write(stopped ? 'The sandbox is stopped; its state is kept.\n' : `No sandbox runs on ${data}.\n`)
  return 0
}
