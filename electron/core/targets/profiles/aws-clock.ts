/** A clock that is off by more is reported. AWS takes signatures that are 15 minutes off at most, a few services 5. */
const TOLD_MS = 5 * 60_000

interface Watchable {
  middlewareStack: {
    add(
      middleware: (next: (args: object) => Promise<{ response: unknown }>) => (args: object) => Promise<unknown>,
      options: { step: 'deserialize'; name: string; priority: 'low' },
    ): void
  }
}

/**
 * By how much this machine's clock is ahead of AWS's, as the dates of a client's answers say; undefined before the
 * first one. A date is in whole seconds.
 */
export function watchSkew(client: object, now: () => number): () => number | undefined {
  let skewMs: number | undefined
  ;(client as Watchable).middlewareStack.add(
    next => async args => {
      const result = await next(args)
      const { headers = {} } = result.response as { headers?: Record<string, string> }
      const atMs = Date.parse(headers.date ?? '')
      if (!Number.isNaN(atMs)) skewMs = now() - atMs
      return result
    },
    { step: 'deserialize', name: 'watchSkew', priority: 'low' },
  )
  return () => skewMs
}

/** Whether a clock is off by more than answers take and dates are cut. */
export const isSkewed = (skewMs: number | undefined): skewMs is number =>
  skewMs !== undefined && Math.abs(skewMs) > TOLD_MS

/** The warning for somebody whose clock is off; null for all others. */
export function clockWarning(skewMs: number | undefined): string | null {
  if (!isSkewed(skewMs)) return null
  const minutes = Math.round(Math.abs(skewMs) / 60_000)
  const hours = Math.floor(minutes / 60)
  const text = [...(hours > 0 ? [`${hours} h`] : []), ...(minutes % 60 > 0 ? [`${minutes % 60} min`] : [])].join(' ')
  return (
    `The clock of this machine is ${text} ${skewMs > 0 ? 'ahead of' : 'behind'} AWS's. Set it (its time zone does ` +
    `not matter): the times left that are shown are off by as much, and AWS refuses what is signed with it.`
  )
}
