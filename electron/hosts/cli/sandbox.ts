import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { clientEnvironment } from '../../sandbox/place.ts'
import { coreFolder, dataFolder, sandboxFolder } from '../data-folder.ts'
import { readAccessKey } from '../sandbox/access-key.ts'
import { liveSandbox } from '../sandbox/running.ts'
import { type AccessOptions, stopSandbox, superviseSandbox } from '../sandbox/supervise.ts'

export interface SandboxCommandOptions extends AccessOptions {
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
  const sandbox = await superviseSandbox({
    data,
    limits: options.limits,
    anyKey: options.anyKey,
    checkSignatures: options.checkSignatures,
    detached: false,
    onEvent: text => process.stderr.write(`${text}\n`),
    ...(options.port !== undefined && { port: options.port }),
  })
  process.stdout.write(
    [
      `# The Sluice sandbox at ${sandbox.endpoint} (not AWS); state in ${data}; Ctrl-C stops it.`,
      ...Object.entries(clientEnvironment(sandbox.endpoint, await readAccessKey(data))).map(
        ([name, value]) => `export ${name}=${value}`,
      ),
      // What an AWS login leaves in the environment would be taken in place of this key, or sent with it.
      'unset AWS_SESSION_TOKEN AWS_PROFILE',
      '',
    ].join('\n'),
  )
  const abort = new AbortController()
  await Promise.race(['SIGINT', 'SIGTERM'].map(signal => once(process, signal, { signal: abort.signal })))
  abort.abort()
  await sandbox.stop()
  return 0
}

/** Stops the sandbox that runs on a data folder. */
export async function runStop(options: { data?: string }): Promise<number> {
  const data = dataFolder(options.data, process.env, process.platform)
  const stopped = await stopSandbox(data)
  process.stdout.write(stopped ? 'The sandbox is stopped; its state is kept.\n' : `No sandbox runs on ${data}.\n`)
  return 0
}
