import type { SentSample } from '../../../shared/features/simulator.ts'

const SIZE = 2_000

/** An even sample of all that was offered (Vitter's algorithm R). */
export interface Reservoir {
  offer(make: () => SentSample): void
  samples(): SentSample[]
  offered(): number
}

export function createReservoir(random: () => number, kept: readonly SentSample[] = [], offeredBefore = 0): Reservoir {
  const samples = [...kept]
  let offered = offeredBefore
  return {
    offer(make) {
      offered++
      if (samples.length < SIZE) samples.push(make())
      else {
        const place = Math.floor(random() * offered)
        if (place < SIZE) samples[place] = make()
      }
    },
    samples: () => samples,
    offered: () => offered,
  }
}
