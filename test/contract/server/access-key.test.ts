import { cp, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openAccessKey, readAccessKey } from '../../../electron/hosts/sandbox/access-key.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let data: string
const said: string[] = []
const log = (line: string) => void said.push(line)
const fileOf = (of: string) => join(of, 'sandbox', 'access-key.json')
beforeEach(async () => {
  said.length = 0
  folder = await temporaryFolder()
  data = join(folder.path, 'data')
  await mkdir(join(data, 'sandbox'), { recursive: true })
})
afterEach(() => folder.remove())

it('a data folder keeps its key, which nobody takes for one of AWS and only its owner reads', async () => {
  const key = await openAccessKey(data, log)
  expect(key.accessKeyId).toMatch(/^SLUICE[A-Z2-7]{14}$/)
  expect(key.secretAccessKey).toMatch(/^[\w-]{40}$/)
  expect(await openAccessKey(data, log)).toEqual(key)
  expect(await readAccessKey(data)).toEqual(key)
  if (process.platform !== 'win32') expect((await stat(fileOf(data))).mode & 0o777).toBe(0o600)
})

it('a folder that was copied, moved or damaged gets another key, and the original keeps its own', async () => {
  const key = await openAccessKey(data, log)
  const copy = join(folder.path, 'copy')
  await cp(data, copy, { recursive: true })
  await expect(readAccessKey(copy)).rejects.toThrow(/has no access key/)
  const other = await openAccessKey(copy, log)
  expect(other.accessKeyId).not.toBe(key.accessKeyId)
  expect(other.secretAccessKey).not.toBe(key.secretAccessKey)
  expect(said).toEqual([expect.stringContaining('came with a copy')])
  expect(await readAccessKey(data)).toEqual(key)
  const moved = join(folder.path, 'moved')
  await rename(data, moved)
  expect((await openAccessKey(moved, log)).accessKeyId).not.toBe(key.accessKeyId)
  const text = await readFile(fileOf(moved), 'utf8')
  for (const damaged of ['', '{', '[]', text.slice(0, -30), text.replace('SLUICE', 'sluice')]) {
    await writeFile(fileOf(moved), damaged)
    await expect(readAccessKey(moved)).rejects.toThrow(/has no access key/)
    expect((await openAccessKey(moved, log)).accessKeyId).toMatch(/^SLUICE/)
  }
})
