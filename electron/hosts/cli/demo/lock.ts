import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { coreFolder } from '../../data-folder.ts'
import { isAlive } from '../../sandbox/running.ts'

/**
 * Takes the data folder for this process: two runs at once would count into the same journals. A lock whose process is gone is taken over.
 * @throws ExpectedError `conflict` that names the process which has it
 */
export async function lockDataFolder(data: string): Promise<() => Promise<void>> {
  const file = join(coreFolder(data), 'demo.lock')
  await mkdir(coreFolder(data), { recursive: true })
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = Number(await readFile(file, 'utf8').catch(() => ''))
      if (holder && isAlive(holder)) throw taken(data, holder)
      await rm(file, { force: true })
    }
  }
}

const taken = (data: string, pid: number): ExpectedError =>
  new ExpectedError({
    code: 'conflict',
    message: `Another run works on ${data} (process ${pid}).`,
    hint: 'Wait for its end, or give this one a folder of its own with --data.',
    retryable: true,
  })
