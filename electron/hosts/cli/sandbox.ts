import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { clientEnvironment } from '../../sandbox/place.ts'
import { coreFolder, dataFolder, dataOption, sandboxFolder } from '../data-folder.ts'
import { type FolderLock, heldBy, takeLock } from '../lock/folder-lock.ts'
import { Part } from '../lock/lock-record.ts'
import { readAccessKey } from '../sandbox/access-key.ts'
import { liveSandbox } from '../sandbox/running.ts'
import { type AccessOptions, stopSandbox, superviseSandbox } from '../sandbox/supervise.ts'
import { folderUser } from './folder-user.ts'

export interface SandboxCommandOptions extends AccessOptions {
  port?: number
  data?: string
  reset: boolean
  limits: boolean
}

/** Runs the sandbox in the foreground until Ctrl-C, and prints what points the AWS CLI at it. */
export async function runSandbox(options: SandboxCommandOptions): Promise<number> {
  const data = dataFolder(options.data, process.env, process.platform)
  const log = (text: string) => void process.stderr.write(`${text}\n`)
  const user = await folderUser(data)
  if (user)
    throw heldBy(
      user,
      options.reset ? 'Nothing was reset: the folder is in use.' : 'The folder has its sandbox already.',
    )
  const live = await liveSandbox(data)
  if (live) {
    process.stderr.write(
      `A sandbox already runs on ${data}, at ${live.endpoint}. Stop it first: sluice stop ${dataOption(data)}\n`,
    )
    return 1
  }
  if (options.reset) await resetFolder(data, log)
  const abort = new AbortController()
  let hasFailed = false
  const sandbox = await superviseSandbox({
    data,
    limits: options.limits,
    anyKey: options.anyKey,
    checkSignatures: options.checkSignatures,
    detached: false,
    endsWhenStopped: true,
    onEvent: log,
    onState: ({ state, log: lines }) => {
      if (state === 'ended') abort.abort(new Error('ended'))
      if (state !== 'failed') return
      // Nobody is there to ask for another try: the one who sees this starts the command again.
      for (const line of lines) log(`  ${line}`)
      hasFailed = true
      abort.abort(new Error('failed'))
    },
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
  const isOver = await untilInterrupted(abort)
  await sandbox.stop()
  if (isOver && !hasFailed) log('The sandbox was stopped from outside; its state is kept.')
  return hasFailed ? 1 : 0
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

/**
 * Removes the state of a folder, which nobody may use meanwhile. Core's journals and counters speak of what was in the
 * sandbox: they go with it.
 */
async function resetFolder(data: string, say: (line: string) => void): Promise<void> {
  const locks: FolderLock[] = []
  try {
    for (const part of Part.options) {
      const { lock, holder } = await takeLock({ data, part, kind: 'command', title: 'sluice sandbox --reset', say })
      if (holder) throw heldBy(holder, 'Nothing was reset.')
      locks.push(lock)
    }
    for (const folder of [sandboxFolder(data), coreFolder(data)]) await rm(folder, { recursive: true, force: true })
  } finally {
    for (const lock of locks) await lock.release()
  }
}

/** Stops the sandbox that runs on a data folder, unless a console uses it: that would start it again. */
export async function runStop(options: { data?: string }): Promise<number> {
  const data = dataFolder(options.data, process.env, process.platform)
  const user = await folderUser(data)
  if (user) throw heldBy(user, 'The sandbox was not stopped: it is in use.')
  const stopped = await stopSandbox(data)
  process.stdout.write(`${stopped ? STOPPED[stopped] : `No sandbox runs on ${data}.`}\n`)
  return 0
}

const STOPPED = {
  ended: 'The sandbox is stopped; its state is kept.',
  killed: 'The sandbox did not respond, so its process was killed; its state is kept.',
}
