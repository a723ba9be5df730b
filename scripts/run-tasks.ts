import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** What a task counted: of a check one, of tests each. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** The full names of what failed, where the task knows them. */
  failures?: string[]
}

/** A part of `npm test`. */
export interface Task {
  name: string
  /** Names of tasks that must have ended before; that one failed is no reason to leave this one out. */
  needs?: readonly string[]
  /** How many of its processes compute or wait at once. */
  places: number
  run(print: (line: string) => void): Promise<Counts>
}

/**
 * Runs tasks side by side: as many as there are places for, in their order, each as soon as what it needs has ended.
 * Each line of output begins with the name of its task. A task that throws counts as one failure. Failures
 * are named with their task.
 */
export async function runTasks(
  tasks: readonly Task[],
  places: number,
  write: (line: string) => void,
): Promise<Required<Counts>> {
  const total = { passed: 0, failed: 0, skipped: 0, failures: [] as string[] }
  const waiting = [...tasks]
  const running = new Map<string, Promise<void>>()
  const ended = new Set<string>()
  let free = places

  async function run(task: Task): Promise<void> {
    const startedMs = performance.now()
    const counts = await task
      .run(line => write(`${task.name}: ${line}`))
      .catch((error: Error): Counts => {
        write(`${task.name}: ${error.stack ?? error.message}`)
        return { passed: 0, failed: 1, skipped: 0 }
      })
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped += counts.skipped
    const names = counts.failures ?? []
    total.failures.push(...names.map(name => `${task.name}: ${name}`))
    // A task that failed is named also where it does not say what in it failed.
    if (counts.failed > names.length) total.failures.push(task.name)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    write(`${counts.failed === 0 ? 'ok' : 'FAILED'}: ${task.name} (${seconds} s)`)
    ended.add(task.name)
    running.delete(task.name)
    free += task.places
  }

  const known = new Set(tasks.map(task => task.name))
  for (const { name, needs = [] } of tasks)
    for (const need of needs) if (!known.has(need)) throw new Error(`${name} needs ${need}, which is no task.`)
  while (waiting.length > 0 || running.size > 0) {
    for (const task of [...waiting]) {
      if (!(task.needs ?? []).every(need => ended.has(need))) continue
      // Nothing behind it takes the places that it waits for; more than there are it gets when nothing else runs.
      if (task.places > free && running.size > 0) break
      waiting.splice(waiting.indexOf(task), 1)
      free -= task.places
      running.set(task.name, run(task))
    }
    if (running.size === 0) throw new Error(`Tasks need each other: ${waiting.map(task => task.name).join(', ')}`)
    await Promise.race(running.values())
  }
  return total
}

/** Runs a program to its end and prints what it says; its exit code. */
export async function runProgram(
  print: (line: string) => void,
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<number | null> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', print)
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}

/** A check that passes when its program does. */
export const check = async (print: (line: string) => void, command: string, args: readonly string[]): Promise<Counts> =>
  countOf((await runProgram(print, command, args)) === 0)

export const countOf = (passed: boolean): Counts => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 })
