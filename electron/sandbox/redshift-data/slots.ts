/** Lets a bounded number run at once; the others wait in the order in which they came. */
export interface Slots {
  /**
   * Resolves when there is room. `first`: before those that wait already, for what was running and gave its slot up.
   * @throws the signal's reason when it is aborted while waiting
   */
  enter(signal: AbortSignal, order?: 'first'): Promise<void>
  leave(): void
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  return {
    async enter(signal, order) {
      signal.throwIfAborted()
      if (free > 0) {
        free--
        return
      }
      await new Promise<void>((resolve, reject) => {
        const refuse = () => {
          waiting.splice(waiting.indexOf(go), 1)
          reject(signal.reason)
        }
        const go = () => {
          signal.removeEventListener('abort', refuse)
          resolve()
        }
        if (order === 'first') waiting.unshift(go)
        else waiting.push(go)
        signal.addEventListener('abort', refuse, { once: true })
      })
    },
    leave() {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
  }
}
