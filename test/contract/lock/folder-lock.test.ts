import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Attempt, type FolderLock, takeLock } from '../../../electron/hosts/lock/folder-lock.ts'
import { LockRecord } from '../../../electron/hosts/lock/lock-record.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

const RACER = fileURLToPath(new URL('../../fixture/lock-racer.ts', import.meta.url))

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let data: string
let said: string[]
let locks: FolderLock[]
let racers: Racer[]
beforeEach(async () => {
  folder = await temporaryFolder()
  data = join(folder.path, 'data')
  said = []
  locks = []
  racers = []
})
afterEach(async () => {
  for (const racer of racers) await racer.kill()
  for (const lock of locks) await lock.release()
  await folder.remove()
})

async function take(at = data, part: 'core' | 'sandbox' = 'core'): Promise<Attempt> {
  const attempt = await takeLock({ data: at, part, kind: 'web', title: 'sluice web', say: line => said.push(line) })
  if (attempt.lock) locks.push(attempt.lock)
  return attempt
}

interface Racer {
  pid: number
  /** What it says when it has tried. */
  go(release?: boolean): Promise<string>
  end(): Promise<void>
  kill(): Promise<void>
}

async function startRacer(): Promise<Racer> {
  const child: ChildProcess = spawn(process.execPath, [RACER, data], { stdio: ['pipe', 'pipe', 'inherit'] })
  if (!child.stdin || !child.stdout) throw new Error('a racer has no standard streams')
  const { stdin } = child
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  await once(lines, 'line')
  const end = async (signal?: 'SIGKILL') => {
    if (signal) child.kill(signal)
    else stdin.end()
    await ended
  }
  const racer: Racer = {
    pid: child.pid ?? 0,
    async go(release = false) {
      const answer = once(lines, 'line')
      stdin.write(release ? 'release\n' : 'keep\n')
      return String((await answer)[0])
    },
    end: () => end(),
    kill: () => end('SIGKILL'),
  }
  racers.push(racer)
  return racer
}

const lockFile = async (at = data): Promise<string> => {
  const names = (await readdir(join(at, 'locks'))).filter(name => /^core\.\d+$/.test(name))
  expect(names).toHaveLength(1)
  return join(at, 'locks', String(names[0]))
}
const recordOf = async (at = data): Promise<LockRecord> =>
  LockRecord.parse(JSON.parse(await readFile(await lockFile(at), 'utf8')))

describe('the lock of a data folder', () => {
  it('is had by one process at a time, which the other is given the name of; given back, it is free', async () => {
    const racer = await startRacer()
    expect(await racer.go(true)).toBe('won')
    const { holder } = await take()
    expect(holder).toMatchObject({ part: 'core', kind: 'command', title: 'lock-racer', process: { pid: racer.pid } })
    expect((await take(data, 'sandbox')).lock).toBeDefined()
    await racer.end()
    expect((await take()).lock).toBeDefined()
    expect(said).toEqual([])
  })

  it('is for this user alone: folder, file and socket', async () => {
    await take()
    const modes = await Promise.all(
      [join(data, 'locks'), await lockFile(), join(data, 'locks', 'core.sock')].map(
        async path => (await stat(path)).mode & 0o777,
      ),
    )
    expect(modes).toEqual([0o700, 0o600, 0o600])
  })

  it('of a process that was killed is taken over', async () => {
    const racer = await startRacer()
    expect(await racer.go()).toBe('won')
    await racer.kill()
    expect((await take()).lock).toBeDefined()
  })

  it('is won by exactly one of twenty processes that find the same stale lock at once, round after round', async () => {
    for (let round = 0; round < 2; round++) {
      const contenders = await Promise.all(Array.from({ length: 20 }, startRacer))
      const answers = await Promise.all(contenders.map(racer => racer.go()))
      const winner = contenders[answers.indexOf('won')]
      expect(answers.filter(answer => answer === 'won')).toHaveLength(1)
      expect(new Set(answers)).toEqual(new Set(['won', `held by ${winner?.pid}`]))
      // The next round finds the lock of one that was killed.
      await Promise.all(contenders.map(racer => racer.kill()))
    }
    expect((await recordOf()).released).toBe(false)
  })

  it('is stale when its process id is that of a program that started at another time', async () => {
    const { lock } = await take()
    await lock?.release()
    const record = await recordOf()
    const recycled = (change: Partial<LockRecord['process']>) =>
      writeFileOf({ ...record, released: false, process: { ...record.process, ...change } })
    // This process itself: its lock would be held.
    await recycled({})
    expect((await take()).holder).toBeDefined()
    await recycled({ start: '1' })
    expect((await take()).lock).toBeDefined()
  })

  it('is stale after the machine was started again', async () => {
    const { lock } = await take()
    await lock?.release()
    const record = await recordOf()
    await writeFileOf({ ...record, released: false, process: { ...record.process, boot: 'another-boot' } })
    expect((await take()).lock).toBeDefined()
  })

  it('of a process that cannot be read is held as long as something listens at its endpoint', async () => {
    const { lock } = await take()
    const record = await recordOf()
    const elsewhere: LockRecord = { ...record, process: { ...record.process, pid: 4_000_000, space: 'pid:[1]' } }
    await writeFileOf(elsewhere)
    expect((await take()).holder?.process.pid).toBe(4_000_000)
    await lock?.release()
    await writeFileOf(elsewhere)
    expect((await take()).lock).toBeDefined()
  })

  const writeFileOf = async (record: LockRecord) => writeFile(await lockFile(), JSON.stringify(record))

  it('is not that of a copy of the folder, also of one made with all times and owners', async () => {
    const racer = await startRacer()
    expect(await racer.go()).toBe('won')
    const copy = join(folder.path, 'copy')
    await rm(join(data, 'locks', 'core.sock'))
    await cp(data, copy, { recursive: true, preserveTimestamps: true })
    expect((await take(copy)).lock).toBeDefined()
    expect((await take()).holder?.process.pid).toBe(racer.pid)
  })

  it('is the same through a symbolic link', async () => {
    const racer = await startRacer()
    expect(await racer.go()).toBe('won')
    await symlink(data, join(folder.path, 'link'))
    expect((await take(join(folder.path, 'link'))).holder?.process.pid).toBe(racer.pid)
  })

  it('goes with a folder that is moved: held while its process lives, free when that is gone', async () => {
    const racer = await startRacer()
    expect(await racer.go()).toBe('won')
    const moved = join(folder.path, 'moved')
    await rename(data, moved)
    expect((await take(moved)).holder?.process.pid).toBe(racer.pid)
    await racer.kill()
    expect((await take(moved)).lock).toBeDefined()
  })

  it.each(['', '{"part":"core"', 'null', 'x'.repeat(100_000)])(
    'that is damaged (%#) is replaced when nobody works there, and that is said',
    async text => {
      const { lock } = await take()
      await lock?.release()
      await writeFile(await lockFile(), text)
      const again = await take()
      expect(again.lock).toBeDefined()
      expect(said).toEqual([
        expect.stringMatching(
          /The lock file .*core\.1 was damaged. No program works on this folder, so it is replaced\./,
        ),
      ])
    },
  )

  it('that is damaged under a program that works is refused with what to do', async () => {
    await take()
    await writeFile(await lockFile(), '')
    await expect(take()).rejects.toMatchObject({
      error: {
        code: 'conflict',
        message: expect.stringContaining('is damaged, and a program still works on'),
        hint: expect.stringContaining('End that program'),
      },
    })
  })

  it('that cannot be read, or a folder that cannot be made, is said in a sentence', async () => {
    await mkdir(join(data, 'locks', 'core.1'), { recursive: true })
    await expect(take()).rejects.toMatchObject({
      error: {
        code: 'access_denied',
        message: expect.stringContaining('The lock of the data folder cannot be used at'),
        hint: expect.stringContaining('--data'),
      },
    })
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    await expect(take(file)).rejects.toThrow(`${file} is a file, not a folder`)
    await expect(take(join(file, 'below'))).rejects.toThrow('a part of its path is a file')
  })

  it('has its endpoint elsewhere when the folder has a long path, closed to other users', async () => {
    const long = join(folder.path, 'x'.repeat(120))
    const { lock } = await take(long)
    const endpoint = lock?.record.endpoint ?? ''
    expect(Buffer.byteLength(endpoint)).toBeLessThan(104)
    expect((await stat(endpoint)).mode & 0o777).toBe(0o600)
    expect((await stat(join(endpoint, '..'))).mode & 0o777).toBe(0o700)
  })
})
