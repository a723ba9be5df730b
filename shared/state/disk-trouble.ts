import { statfsSync } from 'node:fs'

/** Why a disk does not take or give what it is asked to: each of these can end without the program. */
export interface DiskTrouble {
  kind: 'full' | 'read-only' | 'failing' | 'too-many-files' | 'denied'
  /** The system's own name of it. */
  code: string
}

const KINDS: Readonly<Record<string, DiskTrouble['kind']>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EROFS: 'read-only',
  EIO: 'failing',
  EMFILE: 'too-many-files',
  ENFILE: 'too-many-files',
  EACCES: 'denied',
  EPERM: 'denied',
}

/** What DuckDB says of the same, in its own words. */
const IN_WORDS: readonly [RegExp, string][] = [
  [/No space left on device|out of disk|disk is full|not enough space on the disk/i, 'ENOSPC'],
  [/Disk quota exceeded/i, 'EDQUOT'],
  [/Read-only file system/i, 'EROFS'],
  [/Input\/output error/i, 'EIO'],
  [/Too many open files/i, 'EMFILE'],
]

/** The trouble of the disk that an error reports, or that caused it; undefined when it is about something else. */
export function diskTrouble(error: unknown): DiskTrouble | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, syscall } = error as NodeJS.ErrnoException
  const kind = code === undefined ? undefined : KINDS[code]
  // EACCES and EPERM come from sockets and signals, too: only those of a path are the disk's.
  if (code !== undefined && kind !== undefined && (kind !== 'denied' || ('path' in error && syscall !== 'connect')))
    return { kind, code }
  const said = IN_WORDS.find(([words]) => words.test(error.message))?.[1]
  if (said !== undefined) return { kind: KINDS[said] ?? 'failing', code: said }
  return diskTrouble(error.cause)
}

/** A sentence about it, for the folder that is meant. */
export function diskSentence({ kind, code }: DiskTrouble, dir: string): string {
  switch (kind) {
    case 'full':
      return (
        `The disk of ${dir} is full (${code}${freeSpace(dir)}): free at least ${NEEDED_MB} MB; pending writes are ` +
        'kept and continue automatically.'
      )
    case 'read-only':
      return (
        `The disk of ${dir} is read-only (${code}): mount it writable, or use another folder with --data; pending ` +
        'writes are kept until then.'
      )
    case 'failing':
      return `The disk of ${dir} fails (${code}): the system's log says why; pending writes are kept and retried.`
    case 'too-many-files':
      return (
        `Too many files are open (${code}): raise the limit (ulimit -n), or end other programs; pending writes are ` +
        'retried automatically.'
      )
    case 'denied':
      return (
        `${dir} may not be written by this user (${code}): change its owner or its permissions, or use another ` +
        'folder with --data.'
      )
  }
}

/** Below this much the sandbox, the job and the console get into each other's way. */
const NEEDED_MB = 64

function freeSpace(dir: string): string {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return `, ${((bavail * bsize) / 1024 ** 2).toFixed(1)} MB free`
  } catch (error) {
    // Only a figure is missing then.
    if (error instanceof Error) return ''
    throw error
  }
}
