import { randomBytes } from 'node:crypto'
import { constants, copyFile, link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { folderRefusal, makeFolder } from '../make-folder.ts'
import { endpointPaths, listenAtEndpoint, listensAt, locksFolder } from './endpoint.ts'
import { type FolderIdentity, identifyFolder, isSameFolder } from './folder-identity.ts'
import { holderHint, holderSentence, type Kind, LockRecord, type Part } from './lock-record.ts'
import { markProcess, stateOfProcess } from './process-mark.ts'

/*
 * A lock is a file with a number: `locks/core.7`. The highest number counts. Who finds its holder gone links a file of
 * the next number into place, which the file system gives to one process only; a file of a lower number that comes late
 * sees the higher one and withdraws. The highest file is never removed, also not when it is given back: so no number is
 * used twice, and no process that read earlier can take what another one has taken since.
 */

export interface FolderLock {
  record: LockRecord
  folder: FolderIdentity
  /** Says where the holder's console is open. */
  setAddress(address: string): Promise<void>
  /** Gives it back; its endpoint is closed. */
  release(): Promise<void>
}

export interface LockOptions {
  data: string
  part: Part
  kind: Kind
  title: string
  /**
   * Who connects to the holder's endpoint; without it each connection is closed: it only shows that the holder lives.
   */
  onSocket?: (socket: Socket) => void
  /** A line for the user: a damaged lock was replaced. */
  say: (line: string) => void
}

/** A lock that was taken, or who has it. */
export type Attempt = { lock: FolderLock; holder?: undefined } | { lock?: undefined; holder: LockRecord }

const closeAtOnce = (socket: Socket): void => void socket.on('error', () => undefined).destroy()

/**
 * Tries to take a part of a data folder for this process. @throws ExpectedError when the folder or its lock cannot be
 * used
 */
export async function takeLock(options: LockOptions): Promise<Attempt> {
  const { part } = options
  const folder = await identifyFolder(options.data)
  const dir = locksFolder(folder.path)
  const process_ = await markProcess(process.pid)
  const record: LockRecord = {
    part,
    folder,
    process: process_,
    kind: options.kind,
    title: options.title,
    since: new Date().toISOString(),
    address: null,
    endpoint: endpointPaths(folder, part)[0] ?? '',
    secret: randomBytes(24).toString('base64url'),
    released: false,
  }
  await makeFolder(dir).catch(error => {
    throw folderRefusal(error, options.data)
  })
  for (;;) {
    const newest = await newestLock(dir, part)
    const holder = newest && (await holderOf(newest, folder, options.say))
    if (holder) return { holder }
    const number = (newest?.number ?? 0) + 1
    const file = join(dir, `${part}.${number}`)
    if (!(await sayWhenRefused(dir, () => create(file, record)))) continue
    const numbers = await lockNumbers(dir, part)
    if (numbers.some(other => other > number)) {
      await rm(file, { force: true })
      continue
    }
    for (const old of numbers) if (old < number) await rm(join(dir, `${part}.${old}`), { force: true })
    return { lock: await hold(file, record, options) }
  }
}

async function hold(file: string, record: LockRecord, { onSocket = closeAtOnce }: LockOptions): Promise<FolderLock> {
  const { part, folder } = record
  let current = record
  const change = async (next: Partial<LockRecord>): Promise<void> => {
    current = { ...current, ...next }
    await replace(file, current)
  }
  const endpoint = await listenAtEndpoint(folder, part, onSocket).catch(async error => {
    await change({ released: true })
    throw error
  })
  if (endpoint.path !== record.endpoint) await change({ endpoint: endpoint.path })
  return {
    get record() {
      return current
    },
    folder,
    setAddress: address => change({ address }),
    async release() {
      await endpoint.close()
      // A folder that was removed meanwhile has no lock any more.
      await change({ released: true, address: null }).catch(ignoreMissing)
    },
  }
}

/** Who holds a part of a data folder now; undefined when nobody does, or there is no such folder. */
export async function lockHolder(folder: FolderIdentity, part: Part): Promise<LockRecord | undefined> {
  const newest = await newestLock(locksFolder(folder.path), part)
  return newest && holderOf(newest, folder, () => undefined)
}

interface Found {
  part: Part
  number: number
  file: string
  /** Undefined when the file is damaged. */
  record: LockRecord | undefined
}

async function newestLock(dir: string, part: Part): Promise<Found | undefined> {
  for (let attempt = 0; ; attempt++) {
    const number = Math.max(0, ...(await lockNumbers(dir, part)))
    if (number === 0) return undefined
    const file = join(dir, `${part}.${number}`)
    const text = await readLock(file)
    // Replaced by a higher one since it was listed.
    if (text === undefined) continue
    const record = parse(text)
    if (record !== undefined || attempt >= ATTEMPTS) return { part, number, file, record }
    // Where there are no hard links a file is copied into place, and may be seen before it is whole.
    await delay(POLL_MS)
  }
}

const ATTEMPTS = 10
const POLL_MS = 50

async function lockNumbers(dir: string, part: Part): Promise<number[]> {
  const names = await sayWhenRefused(dir, () => readdir(dir)).catch(ignoreMissing)
  return (names ?? []).flatMap(name => {
    const number = name.startsWith(`${part}.`) ? name.slice(part.length + 1) : ''
    return /^[1-9]\d{0,14}$/.test(number) ? [Number(number)] : []
  })
}

const readLock = (file: string): Promise<string | undefined> =>
  sayWhenRefused(file, () => readFile(file, 'utf8')).catch(ignoreMissing)

function parse(text: string): LockRecord | undefined {
  try {
    return LockRecord.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The holder of a lock that was found, if it lives and the lock is of this folder. */
async function holderOf(
  { part, file, record }: Found,
  folder: FolderIdentity,
  say: (line: string) => void,
): Promise<LockRecord | undefined> {
  if (!record) {
    await refuseWhenAnswered(part, file, folder)
    say(`The lock file ${file} was damaged. No program works on this folder, so it is replaced.`)
    return undefined
  }
  if (record.released) return undefined
  // A copy of a folder has a copy of its lock. A folder that took the place of another one is left alone while the
  // holder uses that path.
  if (!isSameFolder(record.folder, folder) && record.folder.path !== folder.path) return undefined
  const state = await stateOfProcess(record.process)
  if (state === 'gone') return undefined
  return state === 'alive' || (await listens(record.endpoint)) ? record : undefined
}

/** A lock that cannot be read says nothing of its holder; the endpoint does. */
async function refuseWhenAnswered(part: Part, file: string, folder: FolderIdentity): Promise<void> {
  for (const path of endpointPaths(folder, part)) {
    if (!(await listensAt(path))) continue
    throw new ExpectedError({
      code: 'conflict',
      message: `The lock file ${file} is damaged, and a program still works on ${folder.path}: it answers at ${path}.`,
      hint: 'End that program (a console, a demo or a sandbox of this folder), then try again.',
      retryable: true,
    })
  }
}

/** It may have taken the lock and not yet its endpoint. */
async function listens(endpoint: string): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await listensAt(endpoint)) return true
    await delay(POLL_MS)
  }
  return false
}

/** Puts a file into place whole, if there is none of its name. Returns false when there is. */
async function create(file: string, record: LockRecord): Promise<boolean> {
  const whole = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.new`
  await writeFile(whole, textOf(record), { mode: 0o600, flag: 'wx' })
  try {
    await link(whole, file).catch(async (error: NodeJS.ErrnoException) => {
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(error.code ?? '')) throw error
      await copyFile(whole, file, constants.COPYFILE_EXCL)
    })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(whole, { force: true })
  }
}

async function replace(file: string, record: LockRecord): Promise<void> {
  await writeFile(`${file}.new`, textOf(record), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

const textOf = (record: LockRecord): string => `${JSON.stringify(record)}\n`

/** What somebody holds, as the refusal of what cannot be done beside it. */
export const heldBy = (holder: LockRecord, what: string): ExpectedError =>
  new ExpectedError({
    code: 'conflict',
    message: `${what} ${holderSentence(holder)}`.trim(),
    hint: holderHint(holder),
    retryable: true,
  })

const REFUSALS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR'])

/** A folder or file that this user may not use is said as that. */
async function sayWhenRefused<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!REFUSALS.has(code)) throw error
    throw new ExpectedError(
      {
        code: 'access_denied',
        message: `The lock of the data folder cannot be used at ${path}: ${message}`,
        hint: 'Is the folder of another user, or read-only? Give it to this user, or name another folder with --data.',
        retryable: false,
      },
      { cause: error },
    )
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
