import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { z } from 'zod'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { replaceFile } from '../../../shared/state/line-log.ts'
import { dataOption, sandboxFolder } from '../data-folder.ts'
import { FolderIdentity, isSameFolder, knownFolder } from '../lock/folder-identity.ts'
import { ProcessMark, stateOfProcess } from '../lock/process-mark.ts'

/**
 * What a sandbox process leaves in its folder, for those who want to find it. The port stays when it stops, so that it
 * comes back there.
 */
const Running = z.object({
  pid: z.int(),
  port: z.int(),
  endpoint: z.string(),
  limits: z.boolean(),
  /** A sandbox of before there were keys answered everybody. */
  anyKey: z.boolean().default(true),
  checkSignatures: z.boolean().default(false),
  /** The version of Spark that it was asked to run steps on; null for whichever is there. */
  spark: z.string().nullable().default(null),
  /** The process that it ends with; null when it lives on its own. */
  tiedTo: ProcessMark.nullable(),
  startedAt: z.iso.datetime(),
  /** The process itself: its id alone may be another one's by now. */
  process: ProcessMark,
  /** The data folder that it works on: in a copy of that folder this file speaks of the original. */
  folder: FolderIdentity,
  /** `sluice stop` has asked it to end: who supervises it does not start it again. */
  stopAsked: z.boolean().default(false),
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
    // A damaged one costs only the port that the sandbox had.
    if (
      (error as NodeJS.ErrnoException).code === 'ENOENT' ||
      error instanceof SyntaxError ||
      error instanceof z.ZodError
    )
      return undefined
    throw error
  }
}

/** `silent`: its process is there and does not answer, because it was suspended, hangs, or is about to end. */
export type FoundSandbox = { state: 'gone' } | { state: 'live' | 'silent'; running: Running }

/** The sandbox of this data folder. */
export async function findSandbox(data: string): Promise<FoundSandbox> {
  const running = await lastSandbox(data)
  const state = running ? await stateOfProcess(running.process) : 'gone'
  if (!running || state === 'gone') return { state: 'gone' }
  if (running.tiedTo !== null && (await stateOfProcess(running.tiedTo)) === 'gone') {
    await ended(running.process)
    return { state: 'gone' }
  }
  if (await answers(running.endpoint)) return { state: 'live', running }
  // What the system does not know is a process of another container, or none.
  return state === 'alive' ? { state: 'silent', running } : { state: 'gone' }
}

/**
 * The sandbox that lives on this data folder and answers. @throws ExpectedError when its process is there and does not
 * respond
 */
export async function liveSandbox(data: string): Promise<Running | undefined> {
  const found = await findSandbox(data)
  if (found.state === 'silent') throw notResponding(data, found.running)
  return found.state === 'live' ? found.running : undefined
}

const notResponding = (data: string, { pid, endpoint }: Running): ExpectedError =>
  new ExpectedError({
    code: 'unavailable',
    message:
      `The sandbox (process ${pid}) is not responding at ${endpoint}: it was suspended, is busy, or is about to ` +
      'end.',
    hint:
      `Let it continue (kill -CONT ${pid}) and try again; or end it, its state is kept: sluice stop ` +
      `${dataOption(data)}`,
    retryable: true,
  })

/** A sandbox whose parent was killed ends by itself; this waits for that, and ends it if it hangs. */
async function ended(mark: ProcessMark): Promise<void> {
  for (let waitedMs = 0; (await stateOfProcess(mark)) === 'alive'; waitedMs += 50) {
    if (waitedMs === 10_000) process.kill(mark.pid, 'SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

export const writeRunning = (data: string, running: Running): void =>
  replaceFile(fileOf(data), `${JSON.stringify(running)}\n`)

const ANSWERS_WITHIN_MS = 2_000

/** Whether a sandbox answers at an address, in time. Not by fetch, which refuses the ports that browsers block. */
export const answers = (endpoint: string): Promise<boolean> =>
  new Promise(resolve => {
    const request = get(`${endpoint}/`, { agent: false, signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }, reply => {
      reply.on('error', () => resolve(false))
      reply.on('end', () => resolve((reply.statusCode ?? 500) < 500)).resume()
    })
    // Nobody listens, or the answer is late: that is the answer.
    request.on('error', () => resolve(false))
  })
