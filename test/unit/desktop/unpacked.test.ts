import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { changedFile, sha256, type UnpackedList } from '../../../electron/hosts/desktop/unpacked.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let list: UnpackedList
const FILES = ['node/node', 'programs/dist/sandbox.mjs', 'app.asar.unpacked/native.node']

beforeEach(async () => {
  folder = await temporaryFolder()
  const sums: Record<string, string> = {}
  for (const file of FILES) {
    await mkdir(join(folder.path, file, '..'), { recursive: true })
    await writeFile(join(folder.path, file), file)
    sums[file] = await sha256(join(folder.path, file))
  }
  list = sums
})
afterEach(() => folder.remove())

it('an installation as it was made has no changed file, whichever native packages are in its archive', async () => {
  expect(await changedFile(folder.path, list)).toBeUndefined()
  expect(
    await changedFile(folder.path, { ...list, 'app.asar.unpacked/package.json': 'in the archive' }),
  ).toBeUndefined()
})

it.each(FILES)('a byte more in %s is found', async file => {
  await appendFile(join(folder.path, file), '\n')
  expect(await changedFile(folder.path, list)).toBe(`${file} was changed`)
})

it('a file that was added or taken away is found', async () => {
  await writeFile(join(folder.path, 'programs/dist/more.mjs'), '')
  expect(await changedFile(folder.path, list)).toBe('programs/dist/more.mjs does not belong to it')
  await rm(join(folder.path, 'programs/dist/more.mjs'))
  await rm(join(folder.path, 'node/node'))
  expect(await changedFile(folder.path, list)).toBe('node/node is missing')
})
