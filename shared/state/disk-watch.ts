import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Notice } from './damage.ts'
import { diskSentence, diskTrouble } from './disk-trouble.ts'

/** Watches over the disk of a folder from the first write that it did not take until it takes writes again. */
export interface DiskWatch {
  /**
   * The sentence about an error that the disk made, which is shown once until it is over; undefined when the error is
   * about something else.
   */
  trouble(error: unknown): string | undefined
  /** Resolves when the disk takes writes again; at once when nothing is known against it. */
  room(signal?: AbortSignal): Promise<void>
  stop(): void
}

const POLL_EVERY_MS = 500
/** What must fit before it is said that there is room: less would be full again with the first thing that waited. */
const PROBE_BYTES = 1024 * 1024

export function createDiskWatch(options: {
  dir: string
  notice: (notice: Notice) => void
  everyMs?: number
}): DiskWatch {
  const { dir, notice } = options
  const probe = join(dir, '.room')
  let waiting: { promise: Promise<void>; over: () => void } | undefined
  let timer: NodeJS.Timeout | undefined

  async function tryAgain(): Promise<void> {
    try {
      // Not zeros: some file systems keep no room for them.
      await writeFile(probe, randomBytes(PROBE_BYTES), { mode: 0o600 })
    } catch (error) {
      if (!diskTrouble(error)) throw error
      return
    } finally {
      await rm(probe, { force: true }).catch(() => undefined)
    }
    clearInterval(timer)
    notice({
      kind: 'disk',
      state: 'good',
      title: `The disk of ${dir} is writable again`,
      detail: 'Pending writes continue.',
    })
    waiting?.over()
    waiting = undefined
  }

  function begin(): void {
    let over: () => void = () => undefined
    const promise = new Promise<void>(resolve => {
      over = resolve
    })
    waiting = { promise, over }
    let isTrying = false
    timer = setInterval(() => {
      if (isTrying) return
      isTrying = true
      tryAgain()
        .catch(error =>
          notice({ kind: 'disk', state: 'bad', title: `The disk of ${dir} cannot be checked: ${String(error)}` }),
        )
        .finally(() => {
          isTrying = false
        })
    }, options.everyMs ?? POLL_EVERY_MS)
    timer.unref()
  }

  return {
    trouble(error) {
      const trouble = diskTrouble(error)
      if (!trouble) return undefined
      const sentence = diskSentence(trouble, dir)
      if (!waiting) {
        begin()
        notice({ kind: 'disk', state: 'bad', title: sentence })
      }
      return sentence
    },
    async room(signal) {
      if (!waiting) return
      if (!signal) return waiting.promise
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      signal.throwIfAborted()
      await Promise.race([waiting.promise, aborted])
    },
    stop: () => clearInterval(timer),
  }
}
