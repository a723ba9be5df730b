import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { type FolderIdentity, shortName } from './folder-identity.ts'

/** sun_path holds 108 bytes on Linux and 104 on macOS and the BSDs, with its last zero (unix(7), unix(4)). */
const LONGEST_PATH_BYTES = 103
/** File systems that have no sockets, such as shared folders of a virtual machine, refuse with one of these. */
const NO_SOCKETS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'EACCES', 'ENAMETOOLONG'])

/** The folder of a data folder's locks and endpoints: for this user only. */
export const locksFolder = (data: string): string => join(data, 'locks')

/**
 * Where the holder of a lock can be reached, the preferred place first: beside the lock, else below the system's
 * temporary folder.
 */
export function endpointPaths(
  folder: FolderIdentity,
  part: string,
  platform: NodeJS.Platform = process.platform,
): string[] {
  const name = `${shortName(folder)}-${part}`
  if (platform === 'win32') return [`\\\\.\\pipe\\sluice-${name}`]
  const beside = join(locksFolder(folder.path), `${part}.sock`)
  const short = join(temporary(), `${name}.sock`)
  return Buffer.byteLength(beside) <= LONGEST_PATH_BYTES ? [beside, short] : [short]
}

const temporary = (): string => join(tmpdir(), `sluice-${process.getuid?.() ?? 'user'}`)

/**
 * Listens at the first place that can be had. Only who holds the lock calls it, so that what is there is of a holder
 * that is gone.
 */
export async function listenAtEndpoint(
  folder: FolderIdentity,
  part: string,
  onSocket: (socket: Socket) => void,
): Promise<{ path: string; close(): Promise<void> }> {
  const paths = endpointPaths(folder, part)
  for (const [at, path] of paths.entries()) {
    try {
      if (path.startsWith(temporary())) await ownTemporary()
      return { path, close: await listen(path, onSocket) }
    } catch (error) {
      if (at === paths.length - 1 || !NO_SOCKETS.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  throw new Error('There is no place for an endpoint')
}

async function listen(path: string, onSocket: (socket: Socket) => void): Promise<() => Promise<void>> {
  const isFile = process.platform !== 'win32'
  if (isFile) await rm(path, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  if (isFile) await chmod(path, 0o600)
  // It is there for others; it keeps no program alive that has nothing else to do.
  server.unref()
  return () =>
    new Promise(resolve => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
}

/** Anybody may write to the system's temporary folder: the folder below it must be ours, and closed to others. */
async function ownTemporary(): Promise<void> {
  const path = temporary()
  await mkdir(path, { recursive: true, mode: 0o700 })
  const { uid, mode, isDirectory } = await lstat(path).then(stats => ({
    uid: stats.uid,
    mode: stats.mode & 0o077,
    isDirectory: stats.isDirectory(),
  }))
  if (isDirectory && mode === 0 && uid === process.getuid?.()) return
  throw new ExpectedError({
    code: 'access_denied',
    message: `${path} is not a folder of this user alone, so no endpoint is opened in it.`,
    hint: 'Remove it, or name another temporary folder with TMPDIR, or a data folder with a shorter path with --data.',
    retryable: false,
  })
}

/** Whether a program listens there. A process that is stopped does listen: the system takes the connection for it. */
export function listensAt(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // EAGAIN: a listener whose queue is full (connect(2)). ENOTSOCK: a copy made a plain file of it.
      if (error.code === 'EAGAIN') resolve(true)
      else if (['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR', 'EINVAL'].includes(error.code ?? '')) resolve(false)
      else reject(error)
    })
  })
}
