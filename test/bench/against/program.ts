import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CleanUp } from './clean-up.ts'
import { end } from './end.ts'
import { environmentOf, type Tree } from './tree.ts'

/** A command of a tree's `sluice` that runs until it is stopped. */
export interface Program {
  pid: number
  /** The first match in what it prints. @throws Error when it ends before */
  prints(pattern: RegExp): Promise<string>
  stop(): Promise<void>
}

export async function startProgram(tree: Tree, cleanUp: CleanUp, args: string[]): Promise<Program> {
  const child = spawn(process.execPath, [join(tree.root, 'bin/sluice.mjs'), ...args], {
    cwd: tree.root,
    env: environmentOf(tree),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => {
      said += text
      child.emit('said')
    })
  const stop = await cleanUp.add(() => end(child))
  return {
    pid: child.pid ?? 0,
    prints: pattern =>
      new Promise((resolve, reject) => {
        const check = () => {
          const [found] = pattern.exec(said) ?? []
          if (found !== undefined) resolve(found)
        }
        child.on('said', check)
        child.once('error', reject)
        child.once('exit', code =>
          reject(
            new Error(`${tree.label}: sluice ${args[0]} ended with ${code} before it printed ${pattern}:\n${said}`),
          ),
        )
        check()
      }),
    stop,
  }
}

/** A process and all below it. Undefined where there is no /proc. */
export function familyOf(pid: number): number[] | undefined {
  let names: string[]
  try {
    names = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  } catch {
    return undefined
  }
  const parents = new Map(
    names.flatMap(name => {
      const stat = readOf(`/proc/${name}/stat`)
      return stat === undefined ? [] : [[Number(name), Number(stat.split(') ')[1]?.split(' ')[1])] as const]
    }),
  )
  const family = [pid]
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child)
  return family
}

/**
 * What processes took of a core so far, ms, to the microsecond: the threads that there are, by the scheduler's count.
 */
export function cpuMs(pids: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of pids)
    for (const thread of readdirSync(`/proc/${pid}/task`))
      nanoseconds += Number(readOf(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0)
  return nanoseconds / 1e6
}

/** A clock tick of /proc/PID/stat, ms: USER_HZ is 100 on every Linux that Node runs on (proc_pid_stat(5)). */
const TICK_MS = 10

/** What a process took of a core so far, ms, to a tick: with its threads that have ended; without its children. */
export const cpuOfOneMs = (pid: number): number => ticksOf(pid, 2) * TICK_MS

/** The same of several, with those of their children that have ended and were waited for. */
export const cpuWithEndedMs = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + ticksOf(pid, 4), 0) * TICK_MS

/** Behind the name, which may hold spaces, the state is first: utime, stime, cutime, cstime are at 11 to 14. */
function ticksOf(pid: number, fields: 2 | 4): number {
  const behindName = readOf(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ') ?? []
  return behindName.slice(11, 11 + fields).reduce((sum, field) => sum + Number(field), 0)
}

/** Undefined when the process ended meanwhile. */
function readOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return undefined
  }
}
