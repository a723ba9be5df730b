import type { Clock } from '../clock/clock.ts'

export type Meter = ReturnType<typeof meter>

/** Events per second over the last whole ten tenths of a second; the tenth that is under way does not count yet. */
export function meter(clock: Clock) {
  const slots = new Map<number, number>()
  return {
    add(value: number) {
      const slot = Math.floor(clock.monotonic() / 100)
      slots.set(slot, (slots.get(slot) ?? 0) + value)
      for (const old of slots.keys()) if (old < slot - 10) slots.delete(old)
    },
    perSecond() {
      const slot = Math.floor(clock.monotonic() / 100)
      return [...slots].reduce((sum, [at, value]) => sum + (at >= slot - 10 && at < slot ? value : 0), 0)
    },
  }
}
