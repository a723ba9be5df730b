import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Nobody holds a file of a cache longer: one call of AWS with its retries. */
const HELD_AT_MOST_MS = 60_000
const POLL_MS = 50

/**
 * Does something with a file while no other program of Sluice does. Who ended while he held the lock holds it no more.
 * It keeps two consoles from doing the same work at once, and no more than that: the AWS CLI knows of no lock, so that
 * whoever uses it reads the file again.
 */
export async function withFileLock<T>(folder: string, file: string, act: () => Promise<T>): Promise<T> {
  const lock = join(folder, `.${file}.lock`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  while (!(await take(lock))) {
    if (await isAbandoned(lock)) await rm(lock, { force: true })
    else await delay(POLL_MS)
  }
  try {
    return await act()
  } finally {
    await rm(lock, { force: true })
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lock, 'utf8'), stat(lock)])
    if (Math.abs(Date.now() - mtimeMs) > HELD_AT_MOST_MS) return true
    // It was made and not yet written.
    return text !== '' && !isAlive(Number(text))
  } catch (error) {
    // It was given back meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
