import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { sandboxFolder } from '../data-folder.ts'
import { FolderIdentity, isSameFolder, knownFolder } from '../lock/folder-identity.ts'
import { lookAtProcess, ProcessMark } from '../lock/process-mark.ts'

/** What a sandbox process leaves in its folder, for those who look for it. The port stays when it stops, so that it comes back there. */
const Running = z.object({
  pid: z.int(),
  port: z.int(),
  endpoint: z.string(),
  limits: z.boolean(),
  /** A sandbox of before there were keys answered everybody. */
  anyKey: z.boolean().default(true),
  checkSignatures: z.boolean().default(false),
  /** The process that it ends with; null when it lives on its own. */
  tiedTo: ProcessMark.nullable(),
  startedAt: z.iso.datetime(),
  /** The process itself: its id alone may be another one's by now. */
  process: ProcessMark,
  /** The data folder that it works on: in a copy of that folder this file speaks of the original. */
  folder: FolderIdentity,
})
export type Running = z.infer<typeof Running>

/** What a sandbox process prints when it is ready; undefined for any other line. */
export function parseRunning(line: string): Running | undefined {
  if (!line.startsWith('{')) return undefined
  const parsed = Running.safeParse(JSON.parse(line))
  return parsed.success ? parsed.data : undefined
}

const fileOf = (data: string): string => join(sandboxFolder(data), 'running.json')

/** The last sandbox on this very data folder, whether it still lives or not; undefined when there never was one. */
export async function lastSandbox(data: string): Promise<Running | undefined> {
  const folder = await knownFolder(data)
  const last = folder && (await readRunning(data))
  return last && isSameFolder(last.folder, folder) ? last : undefined
}

/** What cannot be read as such is of no sandbox that could be spoken to: the next one writes it again. */
async function readRunning(data: string): Promise<Running | undefined> {
  try {
    return Running.safeParse(JSON.parse(await readFile(fileOf(data), 'utf8'))).data
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The sandbox that lives on this data folder: its process is there and its port answers as a sandbox does. */
export async function liveSandbox(data: string): Promise<Running | undefined> {
  const last = await lastSandbox(data)
  if (!last || (await lookAtProcess(last.process)) === 'gone') return undefined
  if (last.tiedTo !== null && (await lookAtProcess(last.tiedTo)) === 'gone') {
    await ended(last.process)
    return undefined
  }
  return (await answers(last.endpoint)) ? last : undefined
}

/** A sandbox whose parent was killed ends by itself; this waits for that, and ends it if it hangs. */
async function ended(mark: ProcessMark): Promise<void> {
  for (let waitedMs = 0; (await lookAtProcess(mark)) === 'alive'; waitedMs += 50) {
    if (waitedMs === 10_000) process.kill(mark.pid, 'SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

export const writeRunning = (data: string, running: Running): Promise<void> =>
  writeFile(fileOf(data), `${JSON.stringify(running)}\n`)

/** Whether a sandbox answers at an address, in time. */
export async function answers(endpoint: string): Promise<boolean> {
  try {
    const reply = await fetch(`${endpoint}/`, { signal: AbortSignal.timeout(2_000) })
    await reply.arrayBuffer()
    return reply.status < 500
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false
    throw error
  }
}
