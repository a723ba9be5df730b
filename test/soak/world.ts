import { knownFolder } from '../../electron/hosts/lock/folder-identity.ts'
import { lockHolder } from '../../electron/hosts/lock/folder-lock.ts'
import { lastSandbox, liveSandbox } from '../../electron/hosts/sandbox/running.ts'
import { enginePid, runningSandbox } from '../fixture/engine-process.ts'
import { type ConsoleProcess, type Page, startConsole } from './console-process.ts'

/** The programs on one data folder. */
export type World = ReturnType<typeof createWorld>

export function createWorld(data: string) {
  let consoles: ConsoleProcess[] = []
  let page: Page | undefined
  /** One at a time: a caller gets the page that is being opened. */
  let opening: Promise<Page> | undefined

  const alive = (): ConsoleProcess[] => {
    consoles = consoles.filter(entry => entry.isAlive())
    return consoles
  }

  async function openAny(): Promise<Page> {
    const [first] = alive()
    const console_ = first ?? (await start())
    page = await console_.openPage()
    return page
  }

  async function start(): Promise<ConsoleProcess> {
    const started = await startConsole(data)
    consoles.push(started)
    return started
  }

  return {
    data,
    consoles: alive,
    start,
    /** The operator's page: of any console; where there is none, one is started. */
    async page(): Promise<Page> {
      if (page?.isOpen()) return page
      opening ??= openAny().finally(() => {
        opening = undefined
      })
      return opening
    },
    /** The console whose core all others have joined. */
    async holder(): Promise<ConsoleProcess | undefined> {
      const folder = await knownFolder(data)
      const pid = folder && (await lockHolder(folder, 'core'))?.process.pid
      return alive().find(entry => entry.pid === pid)
    },
    sandboxPid: async (): Promise<number | undefined> => (await liveSandbox(data))?.pid,
    endpoint: async (): Promise<string | undefined> => (await lastSandbox(data))?.endpoint,
    lastSandboxPid: (): number | undefined => unlessNone(() => runningSandbox(data).pid),
    enginePid: (): number | undefined => unlessNone(() => enginePid(data)),
  }
}

/** Before the first sandbox there is no file that names it. */
function unlessNone(read: () => number | undefined): number | undefined {
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
