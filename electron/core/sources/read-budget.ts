import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { StreamSource } from './source.ts'

/**
 * A partition gives five reads a second to all its readers together (Developer Guide, "Quotas and limits"), and the job
 * needs them: what only inspects takes one of the five at most.
 */
const GAP_MS = 1_000
const MINUTE_MS = 60_000

/** The place of a partition among the places of a budget. */
export const budgetPlace = ({ target }: PipelineContext, { name }: StreamSource, partition: string): string =>
  `${target.id}/${name}/${partition}`

/** Spaces the reads of each place. All that inspects shares one budget. */
export interface ReadBudget {
  /**
   * Waits until the next read of a place is allowed. @throws the signal's reason when it is aborted before; that read
   * then was not taken
   */
  take(place: string, signal: AbortSignal): Promise<void>
  /** Reads of a place in the last minute. */
  taken(place: string): number
}

export function createReadBudget(clock: Clock): ReadBudget {
  const reads = new Map<string, number[]>()
  const recent = (place: string) => (reads.get(place) ?? []).filter(atMs => atMs > clock.monotonic() - MINUTE_MS)
  function giveBack(place: string, atMs: number): void {
    reads.set(
      place,
      recent(place).filter(takenMs => takenMs !== atMs),
    )
  }
  return {
    async take(place, signal) {
      const known = recent(place)
      const atMs = Math.max(clock.monotonic(), (known.at(-1) ?? Number.NEGATIVE_INFINITY) + GAP_MS)
      // Taken before it is waited for: two that come at once are spaced, too.
      reads.set(place, [...known, atMs])
      const waitMs = atMs - clock.monotonic()
      if (waitMs <= 0) return
      try {
        await clock.sleep(waitMs, signal)
      } catch (error) {
        giveBack(place, atMs)
        throw error
      }
    },
    taken: place => recent(place).filter(atMs => atMs <= clock.monotonic()).length,
  }
}
