import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../../shared/state/line-log.ts'
import { sandboxFolder } from '../data-folder.ts'

/** What a sandbox process leaves in its folder, for those who look for it. The port stays when it stops, so that it comes back there. */
const Running = z.object({
  pid: z.int(),
  port: z.int(),
  endpoint: z.string(),
  limits: z.boolean(),
  /** The process that it ends with; null when it lives on its own. */
  tiedTo: z.int().nullable(),
  startedAt: z.iso.datetime(),
})
export type Running = z.infer<typeof Running>

const fileOf = (data: string): string => join(sandboxFolder(data), 'running.json')

/** The last sandbox on this data folder, whether it still lives or not; undefined when there never was one. */
export async function lastSandbox(data: string): Promise<Running | undefined> {
  try {
    return Running.parse(JSON.parse(await readFile(fileOf(data), 'utf8')))
  } catch (error) {
    // A damaged one costs only the port that the sandbox had.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError)
      return undefined
    throw error
  }
}

/** The sandbox that lives on this data folder: its process is there and its port answers as a sandbox does. */
export async function liveSandbox(data: string): Promise<Running | undefined> {
  const last = await lastSandbox(data)
  if (!last || !isAlive(last.pid)) return undefined
  if (last.tiedTo !== null && !isAlive(last.tiedTo)) {
    await ended(last.pid)
    return undefined
  }
  return (await answers(last.endpoint)) ? last : undefined
}

/** A sandbox whose parent was killed is ending by itself; whoever comes next waits for that, and ends it if it hangs. */
async function ended(pid: number): Promise<void> {
  for (let waitedMs = 0; isAlive(pid); waitedMs += 50) {
    if (waitedMs === 10_000) process.kill(pid, 'SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

export const writeRunning = (data: string, running: Running): void => replaceFile(fileOf(data), `${JSON.stringify(running)}\n`)

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const reply = await fetch(`${endpoint}/`, { signal: AbortSignal.timeout(2_000) })
    await reply.arrayBuffer()
    return reply.status < 500
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false
    throw error
  }
}
