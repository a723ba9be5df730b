import { readdir, readFile, stat } from 'node:fs/promises'

/** The variable by which a process of a step is known as such, also by those that it starts. */
export const STEP_VARIABLE = 'SLUICE_SANDBOX_STEP'

/**
 * What a process of a step carries. Ids are random, but a copy of the folder has the same ones: the folder itself, by
 * device and inode, makes the mark one that is found in no process of another sandbox.
 */
export async function stepMark(dir: string, clusterId: string, stepId: string): Promise<string> {
  const { dev, ino } = await stat(dir, { bigint: true })
  return `${dev}:${ino}/${clusterId}/${stepId}`
}

const WAIT_MS = 5_000
const POLL_MS = 25

/**
 * Ends what an earlier sandbox left running of a step, before the step is started again: two readers on one checkpoint
 * would be worse than none. A process is ours only when its environment carries the step's mark. Where that cannot be
 * read (there is no `/proc`), nothing is killed: the process learned it from its closed standard input, and `lastPid`
 * is waited for.
 * @returns the ids of the processes that were killed, and whether one may still run
 */
export async function endOrphans(
  mark: string,
  lastPid: number | undefined,
): Promise<{ killed: number[]; stillThere: boolean }> {
  const found = await markedProcesses(mark)
  // No number, or 0, is one that never started.
  if (found === undefined) return { killed: [], stillThere: lastPid ? !(await gone([lastPid])) : false }
  for (const pid of found) signal(pid, 'SIGKILL')
  return { killed: found, stillThere: !(await gone(found)) }
}

/** The processes whose environment carries the mark; undefined where the environment of a process cannot be known. */
async function markedProcesses(mark: string): Promise<number[] | undefined> {
  let entries: string[]
  try {
    entries = await readdir('/proc')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const pids = entries.filter(entry => /^\d+$/.test(entry)).map(Number)
  if (!pids.includes(process.pid)) return undefined
  const marked = await Promise.all(pids.map(pid => carries(pid, `${STEP_VARIABLE}=${mark}`)))
  return pids.filter((pid, index) => marked[index] && pid !== process.pid)
}

/** A process that ended meanwhile, or belongs to another user, is not ours. */
async function carries(pid: number, entry: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0').includes(entry)
  } catch {
    return false
  }
}

async function gone(pids: number[]): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= WAIT_MS; waitedMs += POLL_MS) {
    if (!(await Promise.all(pids.map(isAlive))).includes(true)) return true
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
  return false
}

/** A zombie has ended: it waits only for its parent to reap it. */
async function isAlive(pid: number): Promise<boolean> {
  if (!signal(pid, 0)) return false
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return signal(pid, 0)
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
