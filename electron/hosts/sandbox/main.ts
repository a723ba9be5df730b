import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { EMBEDDED_ENGINE_COMMAND } from '../../../shared/job/arguments.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Notice, StateCare } from '../../../shared/state/damage.ts'
import { createDiskWatch } from '../../../shared/state/disk-watch.ts'
import { makeFilesPrivate } from '../../../shared/state/private-files.ts'
import { jumpText, watchClock } from '../../../shared/time/clock-jumps.ts'
import { processTimes } from '../../../shared/time/times.ts'
import { openSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import type { SandboxAccess } from '../../sandbox/server/access.ts'
import { RECORD_REQUESTS } from '../child-environment.ts'
import { dataOption, openDataFolder, sandboxFolder } from '../data-folder.ts'
import { endOnUnknownState } from '../end-on-unknown-state.ts'
import { heldBy, takeLock } from '../lock/folder-lock.ts'
import { markProcess } from '../lock/process-mark.ts'
import { isSource, preloadFlags, programPath } from '../project.ts'
import { askedVersion } from '../spark/asked-version.ts'
import { findSpark } from '../spark/find-spark.ts'
import { openAccessKey } from './access-key.ts'
import { lastSandbox, liveSandbox, writeRunning } from './running.ts'
import { exitCodeOf, isExplained, whyNotStarted } from './why-not-started.ts'

/*
 * The sandbox as a process: main.ts --data DIR [--port N] [--limits on|off] [--any-key] [--check-signatures] [--tied]
 * [--repair]. Prints one line of JSON when it is ready, then a line {"notice": ...} for each thing that its user should
 * read; its log is on stderr. When it cannot start, the last line of its log says why in one sentence; its exit code is
 * 78 when another start would end alike (exit-codes.ts), else 1. Tied, it ends when its standard input does: when its
 * parent dies. To repair, it opens its state without what is damaged, says what that was, and ends.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    port: { type: 'string' },
    limits: { type: 'string', default: 'on' },
    'any-key': { type: 'boolean', default: false },
    'check-signatures': { type: 'boolean', default: false },
    tied: { type: 'boolean', default: false },
    repair: { type: 'boolean', default: false },
  },
})
makeFilesPrivate()
// Whoever read the notices may have gone: that is no reason to end.
process.stdout.on('error', () => undefined)
const log = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`)
endOnUnknownState('sandbox', log)

/** Says what the user should read, in the log and to whoever started this. */
function notice(said: Notice): void {
  log([said.title, said.detail].filter(Boolean).join('. '))
  process.stdout.write(`${JSON.stringify({ notice: said })}\n`)
}

function careOf(data: string): StateCare {
  const watch = createDiskWatch({ dir: sandboxFolder(data), notice })
  return { repairs: values.repair, now: Date.now, notice, trouble: watch.trouble, room: watch.room }
}

async function main(data: string): Promise<void> {
  const live = await liveSandbox(data)
  if (live)
    throw new ExpectedError({
      code: 'conflict',
      message: `A sandbox already runs on ${data}, at ${live.endpoint} (process ${live.pid}).`,
      hint: `Use it, or stop it with: sluice stop ${dataOption(data)}`,
      retryable: true,
    })
  await openDataFolder(data)
  const { lock, holder } = await takeLock({ data, part: 'sandbox', kind: 'sandbox', title: 'sluice sandbox', say: log })
  if (holder) throw heldBy(holder, 'A sandbox does not start here.')
  const access = {
    key: await openAccessKey(data, log),
    anyKey: values['any-key'],
    checkSignatures: values['check-signatures'],
    ...processTimes,
  }
  const sandbox = await openOnPort(data, access)
  if (values.repair) {
    await sandbox.close()
    await lock.release()
    process.exit(0)
  }
  await lock.setAddress(sandbox.endpoint)
  const running = {
    pid: process.pid,
    port: sandbox.port,
    endpoint: sandbox.endpoint,
    limits: values.limits !== 'off',
    anyKey: access.anyKey,
    checkSignatures: access.checkSignatures,
    spark: askedVersion(process.env) ?? null,
    tiedTo: values.tied ? await markProcess(process.ppid) : null,
    startedAt: new Date().toISOString(),
    process: lock.record.process,
    folder: lock.folder,
    stopAsked: false,
  }
  writeRunning(data, running)
  process.stdout.write(`${JSON.stringify(running)}\n`)

  watchClock(processTimes, jump => log(`warning: ${jumpText(jump).title}`))
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    const end = async () => {
      await sandbox.close()
      await lock.release()
    }
    end().then(
      () => process.exit(0),
      error => {
        log(`error: ${String(error)}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  if (values.tied) process.stdin.on('end', stop).on('error', stop).resume()
}

/** The engine's program: a source beside this source, or built beside this program. */
const enginePath = (): string =>
  isSource ? programPath('engine') : fileURLToPath(new URL('./engine.mjs', import.meta.url))

/**
 * The port that was asked for, else the one it had before, so that whoever knows it finds it again; else a free one.
 */
async function openOnPort(data: string, access: SandboxAccess): Promise<Sandbox> {
  const care = careOf(data)
  const open = (port: number) =>
    openSandbox({
      dir: sandboxFolder(data),
      port,
      limits: values.limits !== 'off',
      access,
      ...processTimes,
      log,
      care,
      stepCommands: {
        [EMBEDDED_ENGINE_COMMAND]: args => ({
          command: process.execPath,
          args: [...preloadFlags(), enginePath(), ...args],
        }),
      },
      findSpark: () => findSpark(process),
      recordIn: process.env[RECORD_REQUESTS],
    })
  // Nobody is to find a sandbox that only repairs.
  if (values.repair) return open(0)
  if (values.port !== undefined) return open(Number(values.port))
  const before = (await lastSandbox(data))?.port
  if (before === undefined) return open(0)
  try {
    return await open(before)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    log(`port ${before} is taken by another program; taking a free one`)
    return open(0)
  }
}

if (!values.data) {
  process.stderr.write('Say where the sandbox keeps its state: --data DIR\n')
  process.exit(2)
}
main(values.data).catch(error => {
  if (!isExplained(error)) log(`error: ${error instanceof Error ? error.stack : String(error)}`)
  process.stderr.write(`${whyNotStarted(error, values.data ?? '')}\n`)
  process.exit(exitCodeOf(error))
})
