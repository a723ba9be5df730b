/**
 * Carries out wishes one at a time. Of those that come meanwhile only the newest is carried out next: what is under way
 * is never given up for it.
 */
export function newestWish<T>(carryOut: (wish: T, signal: AbortSignal) => Promise<unknown>): {
  want(wish: T): void
  end(): void
} {
  const abort = new AbortController()
  let next: { wish: T } | undefined
  let busy = false
  const goOn = async () => {
    busy = true
    try {
      while (next && !abort.signal.aborted) {
        const { wish } = next
        next = undefined
        await carryOut(wish, abort.signal)
      }
    } finally {
      busy = false
    }
  }
  return {
    want(wish) {
      next = { wish }
      if (!busy) void goOn()
    },
    end: () => abort.abort(),
  }
}
