import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Wheel } from '../../../shared/job/wheel-lock.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { WheelStore } from '../../core/wheelhouse/wheel-store.ts'
import { findFile, type PackageIndex, packageIndex } from './package-index.ts'

/** A connection that breaks is taken up again so often without a byte in between. */
const ATTEMPTS = 4
const WAIT_MS = 500

/**
 * Where wheels are kept, for all data folders, among what the system may throw away. SLUICE_WHEELS_FOLDER names
 * another.
 */
export function wheelsFolder(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (environment.SLUICE_WHEELS_FOLDER) return resolve(environment.SLUICE_WHEELS_FOLDER)
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Sluice', 'wheels')
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Sluice', 'Cache', 'wheels')
  return join(environment.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', 'wheels')
}

/**
 * Wheels by their hashes, from the package index that pip would ask (PIP_INDEX_URL). What has come stays: a connection
 * that broke, or a program that ended, goes on where it was; what is there is not asked for again.
 */
export function wheelStore(
  { env, platform }: { env: NodeJS.ProcessEnv; platform: NodeJS.Platform },
  waitMs = WAIT_MS,
): WheelStore {
  const folder = wheelsFolder(env, platform)
  const pathOf = ({ sha256, file }: Wheel) => join(folder, sha256.slice(0, 16), file)
  return {
    async cached(wheels) {
      const sizes = await Promise.all(wheels.map(wheel => sizeOf(pathOf(wheel))))
      return wheels.filter((wheel, at) => sizes[at] === wheel.sizeBytes)
    },
    async *fetch(wheel, signal) {
      const path = pathOf(wheel)
      if ((await sizeOf(path)) !== undefined) {
        if ((await sha256Of(path)) === wheel.sha256) return path
        await rm(path)
      }
      await mkdir(dirname(path), { recursive: true })
      const part = `${path}.part`
      yield* download({ index: packageIndex(env), wheel, part, waitMs }, signal)
      const sha256 = await sha256Of(part)
      if (sha256 !== wheel.sha256) {
        await rm(part)
        throw wrongHash(wheel, sha256)
      }
      await rename(part, path)
      return path
    },
  }
}

interface Download {
  index: PackageIndex
  wheel: Wheel
  part: string
  waitMs: number
}

/** Brings a file to its end, from where an earlier attempt left it. Yields how many bytes there are. */
async function* download(of: Download, signal: AbortSignal): AsyncGenerator<number> {
  const { wheel, part } = of
  for (let failed = 0; ; ) {
    const from = (await sizeOf(part)) ?? 0
    // What is longer than it may be has another hash, too.
    if (from >= wheel.sizeBytes) return
    let there = from
    let why: unknown
    try {
      for await (const bytes of receive(of, from, signal)) {
        there = bytes
        yield bytes
      }
    } catch (error) {
      if (signal.aborted || error instanceof ExpectedError) throw error
      why = error
    }
    if (there >= wheel.sizeBytes) return
    failed = there > from ? 0 : failed + 1
    if (failed === ATTEMPTS) throw broken(wheel, why ?? new Error(`it ends after ${there} bytes`))
    await sleep(of.waitMs, undefined, { signal })
  }
}

async function* receive({ index, wheel, part }: Download, from: number, signal: AbortSignal): AsyncGenerator<number> {
  const { url } = await findFile(index, wheel, signal)
  const headers = { ...index.headersFor(url), ...(from > 0 && { range: `bytes=${from}-` }) }
  const response = await fetch(url, { headers, signal })
  if (!response.ok || !response.body) throw refused(wheel, response.status)
  // A server that knows no ranges sends it from its beginning.
  const goesOn = response.status === 206
  let there = goesOn ? from : 0
  const file = await open(part, goesOn ? 'a' : 'w')
  try {
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      await file.writeFile(chunk)
      there += chunk.length
      yield there
      if (there > wheel.sizeBytes) return
    }
  } finally {
    await file.close()
  }
}

const sizeOf = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

const wrongHash = ({ file, sha256 }: Wheel, came: string): ExpectedError =>
  new ExpectedError({
    code: 'failed',
    message: `The package index gave another file as ${file}: its SHA-256 is ${came}, and must be ${sha256}.`,
    hint: 'It was thrown away, and nothing of it was deployed. See which index PIP_INDEX_URL names, and try again.',
    retryable: true,
  })

const refused = ({ file }: Wheel, status: number): ExpectedError =>
  new ExpectedError({
    code: 'unavailable',
    message: `The package index answers ${status} for ${file}.`,
    hint: 'PIP_INDEX_URL of the environment names another index.',
    retryable: true,
  })

const broken = ({ file }: Wheel, cause: unknown): ExpectedError => {
  const { message, cause: inner } = cause as Error
  const why = inner instanceof Error ? inner.message : message
  return new ExpectedError(
    {
      code: 'unavailable',
      message: `${file} could not be fetched from the package index: ${why}.`,
      hint: 'What has come is kept: the next deploy goes on from there. Is the network up, or an index within reach?',
      retryable: true,
    },
    { cause },
  )
}
