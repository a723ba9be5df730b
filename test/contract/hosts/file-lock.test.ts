import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { withFileLock } from '../../../electron/hosts/file-lock.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

it('what is done under the lock of a file is done one after the other, and leaves nothing', async () => {
  let inside = 0
  const seen: number[] = []
  const act = async () => {
    seen.push(++inside)
    await new Promise(setImmediate)
    inside--
    if (seen.length === 2) throw new Error('broken')
  }
  const all = await Promise.allSettled([1, 2, 3].map(() => withFileLock(folder.path, 'a.json', act)))
  expect(seen).toEqual([1, 1, 1])
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(await readdir(folder.path)).toEqual([])
})

it('a lock whose holder has ended is taken from him', async () => {
  const holder = spawn(process.execPath, ['-e', ''])
  await once(holder, 'exit')
  await writeFile(join(folder.path, '.a.json.lock'), String(holder.pid))
  expect(await withFileLock(folder.path, 'a.json', async () => 'done')).toBe('done')
})
