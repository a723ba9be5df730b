import { readdir, readFile } from 'node:fs/promises'

/** What a process of the window's program is there for. */
export type Role = 'main' | 'page' | 'gpu' | 'network' | 'zygote' | 'core' | 'sandbox' | 'engine' | 'other'

/** The twin of AWS on this machine, and the job that runs on it: with a pipeline on AWS they are not there. */
export const TWIN: ReadonlySet<Role> = new Set<Role>(['sandbox', 'engine'])

const MARKS: [mark: string, role: Role][] = [
  ['sandbox.mjs', 'sandbox'],
  ['engine.mjs', 'engine'],
  ['--type=gpu-process', 'gpu'],
  ['--type=renderer', 'page'],
  ['--type=zygote', 'zygote'],
  ['network.mojom', 'network'],
  ['node.mojom', 'core'],
  ['--type=', 'other'],
  ['main.mjs', 'main'],
]

interface Process {
  pid: number
  role: Role
}

/** A process and all that descend from it, as they are now. */
export async function processTree(root: number): Promise<Process[]> {
  const parents = new Map<number, number>()
  for (const entry of await readdir('/proc')) {
    const stat = /^\d+$/.test(entry) && (await statOf(Number(entry)))
    if (stat) parents.set(Number(entry), stat.parent)
  }
  const pids = new Set([root])
  // A child may have a smaller id than its parent: until nothing is added.
  for (let size = 0; size !== pids.size; ) {
    size = pids.size
    for (const [pid, parent] of parents) if (pids.has(parent)) pids.add(pid)
  }
  return Promise.all([...pids].map(async pid => ({ pid, role: await roleOf(pid) })))
}

/**
 * Seconds of processor time so far by role: of the processes that live, and of their children that ended (proc(5),
 * stat: fields 14 to 17).
 */
export async function cpuSeconds(root: number): Promise<Map<Role, number>> {
  return sumByRole(root, async pid => (await statOf(pid))?.cpuSeconds ?? 0)
}

/** Bytes of memory by role, what several share divided among them (proc(5), smaps_rollup: Pss). */
export async function proportionalBytes(root: number): Promise<Map<Role, number>> {
  return sumByRole(root, async pid => {
    const text = await textOf(`/proc/${pid}/smaps_rollup`)
    return Number(/^Pss:\s+(\d+) kB/m.exec(text ?? '')?.[1] ?? 0) * 1024
  })
}

async function sumByRole(root: number, measure: (pid: number) => Promise<number>): Promise<Map<Role, number>> {
  const sums = new Map<Role, number>()
  for (const { pid, role } of await processTree(root)) sums.set(role, (sums.get(role) ?? 0) + (await measure(pid)))
  return sums
}

/** `getconf CLK_TCK` is 100 on every Linux that Electron is built for. */
const TICKS_A_SECOND = 100

async function statOf(pid: number): Promise<{ parent: number; cpuSeconds: number } | undefined> {
  const text = await textOf(`/proc/${pid}/stat`)
  if (!text) return undefined
  // The second field is the program's name in brackets, which may hold anything: count from behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { parent: Number(fields[1]), cpuSeconds: ticks / TICKS_A_SECOND }
}

async function roleOf(pid: number): Promise<Role> {
  const line = (await textOf(`/proc/${pid}/cmdline`)) ?? ''
  return MARKS.find(([mark]) => line.includes(mark))?.[1] ?? 'other'
}

/** A process may end while it is read. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
