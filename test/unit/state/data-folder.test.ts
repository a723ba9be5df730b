import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { provisionJournal } from '../../../electron/core/provision/journal.ts'
import { dataFolder, dataOption, openDataFolder } from '../../../electron/hosts/data-folder.ts'
import { identifyFolder } from '../../../electron/hosts/lock/folder-identity.ts'
import { takeLock } from '../../../electron/hosts/lock/folder-lock.ts'
import { makeFolder } from '../../../electron/hosts/make-folder.ts'
import { noticeOf } from '../../../electron/hosts/sandbox/notice-lines.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { diskTrouble } from '../../../shared/state/disk-trouble.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { flip } from '../../fixture/damage-file.ts'

/** Whether this user may mount. */
function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const probe = mkdtempSync(join(tmpdir(), 'sluice-mount-'))
  try {
    execFileSync('mount', ['--bind', probe, probe], { stdio: 'ignore' })
    execFileSync('umount', ['-l', probe])
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-folder-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

it.skipIf(process.platform === 'win32')(
  'a data folder is made for its user only, and what was open to others in it is closed',
  async () => {
    const data = join(dir, 'data')
    mkdirSync(join(data, 'sandbox', 's3'), { recursive: true })
    const file = join(data, 'sandbox', 's3', 'file')
    writeFileSync(file, 'x')
    for (const path of [file, join(data, 'sandbox', 's3'), join(data, 'sandbox')]) chmodSync(path, 0o755)
    await openDataFolder(data)
    for (const path of [file, join(data, 'sandbox', 's3'), join(data, 'sandbox'), join(data, 'core')])
      expect(statSync(path).mode & 0o077, path).toBe(0)
  },
)

it.skipIf(process.getuid?.() !== 0)(
  'a data folder of another user is refused with its owner and what to do (needs root to make one)',
  async () => {
    chownSync(dir, 12_345, 12_345)
    await expect(openDataFolder(dir)).rejects.toSatisfy(
      error =>
        error instanceof ExpectedError &&
        error.message.includes('another user (id 12345)') &&
        error.error.hint?.includes('--data') === true,
    )
    expect(existsSync(join(dir, 'sandbox'))).toBe(false)
  },
)

it.each([
  ['a file', () => join(dir, 'file'), 'is a file, not a folder'],
  ['below a file', () => join(dir, 'file', 'data'), 'a part of its path is a file'],
  ['where none can be made', () => '/proc/nope', '/proc takes no new folder (ENOENT)'],
])('a data folder that is %s is refused in a sentence with what to do', async (name, path, message) => {
  if (name === 'where none can be made' && process.platform !== 'linux') return
  writeFileSync(join(dir, 'file'), 'x')
  for (const use of [openDataFolder, identifyFolder])
    await expect(use(path())).rejects.toSatisfy(
      error =>
        error instanceof ExpectedError &&
        error.message.includes(message) &&
        error.error.hint?.includes('--data') === true,
    )
})

it.skipIf(!canMount())(
  'a data folder on a read-only mount is refused as that, also an empty one (needs the right to mount)',
  async () => {
    execFileSync('mount', ['--bind', dir, dir])
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', dir])
      for (const path of [dir, join(dir, 'new', 'data')])
        await expect(openDataFolder(path)).rejects.toSatisfy(
          error => error instanceof ExpectedError && error.error.hint?.includes('is read-only (EROFS)') === true,
        )
      await expect(
        takeLock({ data: dir, part: 'core', kind: 'web', title: 't', say: () => undefined }),
      ).rejects.toSatisfy(
        error => error instanceof ExpectedError && error.error.hint?.includes('is read-only (EROFS)') === true,
      )
    } finally {
      execFileSync('umount', ['-l', dir])
    }
  },
)

it('a folder is made with those above it, and is kept when it is there', async () => {
  const path = join(dir, 'a', 'b', 'c')
  await makeFolder(path)
  await makeFolder(path)
  expect(statSync(path).isDirectory()).toBe(true)
})

it('the option of a folder is one word for a shell', () => {
  expect(dataOption('/srv/sluice-1')).toBe('--data /srv/sluice-1')
  expect(execFileSync('sh', ['-c', `printf '%s' ${dataOption("/a b/it's")}`], { encoding: 'utf8' })).toBe(
    "--data/a b/it's",
  )
})

it(
  'the journal of what was provisioned goes on without a line that is damaged, and says what is to be removed by ' +
    'hand',
  async () => {
    const file = join(dir, 'provision', 'journal.jsonl')
    const journal = provisionJournal(file, careUnderTest().care)
    for (const id of ['a', 'b', 'c'])
      await journal.write(id, 'created', '2026-01-01T00:00:00Z', new AbortController().signal)
    flip(file)
    const { care, notices } = careUnderTest()
    const again = provisionJournal(file, care)
    expect([...again.madeHere()]).toEqual(['a', 'c'])
    expect([...again.madeHere()]).toEqual(['a', 'c'])
    expect(notices).toMatchObject([{ state: 'bad', detail: expect.stringContaining('removed by hand') }])
  },
)

it('distinguishes the trouble of a disk from other errors, in the words of the system and of DuckDB', () => {
  const system = (code: string, more: object = {}) => Object.assign(new Error(code), { code }, more)
  expect(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE'].map(code => diskTrouble(system(code))?.kind)).toEqual([
    'full',
    'full',
    'read-only',
    'failing',
    'too-many-files',
  ])
  expect(diskTrouble(system('EACCES', { path: '/x', syscall: 'open' }))?.kind).toBe('denied')
  expect(diskTrouble(system('EACCES', { syscall: 'connect' }))).toBeUndefined()
  expect(diskTrouble(system('ECONNRESET'))).toBeUndefined()
  expect(diskTrouble(new Error('Failed to commit: Could not write file "x.wal": No space left on device'))?.code).toBe(
    'ENOSPC',
  )
  expect(diskTrouble(new Error('outer', { cause: system('ENOSPC') }))?.kind).toBe('full')
})

it('a line of the sandbox is a notice, or something else', () => {
  expect(noticeOf('{"notice":{"state":"bad","title":"t","detail":"d"}}')).toEqual({
    state: 'bad',
    title: 't',
    detail: 'd',
  })
  for (const line of ['{"pid":1}', 'text', '{"notice":{"state":"odd","title":"t"}}', ''])
    expect(noticeOf(line)).toBeUndefined()
})

describe('the data folder that a command works on', () => {
  it('is never the default one when an empty name is given, as an unset variable of the shell does', () => {
    expect(() => dataFolder('', {}, 'linux')).toThrow('--data names no folder')
    expect(dataFolder(undefined, { XDG_DATA_HOME: '/data' }, 'linux')).toBe('/data/sluice')
  })
})
