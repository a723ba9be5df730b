import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)

/**
 * A process, so that another one with the same id is not taken for it: ids are used again. `start` is when it started,
 * in the words of the system; `boot` is the machine's run, `space` the space of process ids (a container has one of its
 * own). What is not known is null.
 */
export const ProcessMark = z.object({
  pid: z.int().positive(),
  start: z.string().nullable(),
  boot: z.string().nullable(),
  space: z.string().nullable(),
})
export type ProcessMark = z.infer<typeof ProcessMark>

/** `unknown`: the system does not say, so its endpoint must be asked. */
export type ProcessState = 'alive' | 'gone' | 'unknown'

/** The mark of a process that lives. */
export async function markProcess(pid: number, platform: NodeJS.Platform = process.platform): Promise<ProcessMark> {
  const start = await startOf(pid, platform)
  return { pid, start: start === 'gone' || start === 'unknown' ? null : start, ...(await surroundings(platform)) }
}

/** Whether the very process of this mark lives: neither its end nor another process with its id counts. */
export async function stateOfProcess(
  mark: ProcessMark,
  platform: NodeJS.Platform = process.platform,
): Promise<ProcessState> {
  const here = await surroundings(platform)
  if (mark.boot !== null && here.boot !== null && mark.boot !== here.boot) return 'gone'
  if (mark.space !== here.space) return 'unknown'
  const start = await startOf(mark.pid, platform)
  if (start === 'gone' || start === 'unknown') return start
  if (mark.start === null) return 'unknown'
  return start === mark.start ? 'alive' : 'gone'
}

async function surroundings(platform: NodeJS.Platform): Promise<{ boot: string | null; space: string | null }> {
  if (platform !== 'linux') return { boot: null, space: null }
  const [boot, space] = await Promise.all([
    whenReadable(async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()),
    whenReadable(() => readlink('/proc/self/ns/pid')),
  ])
  return { boot, space }
}

/**
 * When a process started; `gone` when there is none with this id, or one that has ended and waits for its parent (a
 * zombie).
 */
async function startOf(pid: number, platform: NodeJS.Platform): Promise<string> {
  if (platform === 'linux') return startInProc(pid)
  return platform === 'win32' ? startByPowerShell(pid) : startByPs(pid)
}

/** proc(5), /proc/PID/stat: field 22 is the start, in clock ticks after the boot. */
async function startInProc(pid: number): Promise<string> {
  const text = await whenReadable(() => readFile(`/proc/${pid}/stat`, 'latin1'))
  // Another user's processes may be hidden (hidepid of proc(5)).
  if (text === null) return exists(pid) ? 'unknown' : 'gone'
  // The second field is the program's name in brackets, which may hold anything: count from behind it, from field 3 on.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return /^[ZX]/.test(fields[0] ?? '') ? 'gone' : (fields[19] ?? 'unknown')
}

/** ps(1) of macOS and the BSDs: `lstart`, to the second, in the words of the locale and the zone that are asked for. */
async function startByPs(pid: number): Promise<string> {
  if (!exists(pid)) return 'gone'
  return asked(() =>
    run('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      timeout: 5_000,
    }),
  )
}

async function startByPowerShell(pid: number): Promise<string> {
  if (!exists(pid)) return 'gone'
  const command = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`
  return asked(() => run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', command], { timeout: 10_000 }))
}

/** A system that has no such program, or does not answer, leaves the question open. */
async function asked(ask: () => Promise<{ stdout: string }>): Promise<string> {
  try {
    return (await ask()).stdout.trim() || 'unknown'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 'unknown'
    throw error
  }
}

/** Whether a process with this id exists, whichever it is. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function whenReadable(read: () => Promise<string>): Promise<string | null> {
  try {
    return await read()
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
