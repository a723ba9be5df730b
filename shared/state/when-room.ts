import type { StateCare } from './damage.ts'

/**
 * Does something that writes, again and again while the disk does not take it. It must leave nothing half done when it
 * fails.
 * @throws what it fails with for another reason, and the signal's reason
 */
export async function whenRoom<T>(
  care: StateCare,
  work: () => T | Promise<T>,
  options: { signal?: AbortSignal; onWait?: (sentence: string) => void } = {},
): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      options.signal?.throwIfAborted()
      const sentence = care.trouble(error)
      if (sentence === undefined) throw error
      options.onWait?.(sentence)
      await care.room(options.signal)
    }
  }
}
