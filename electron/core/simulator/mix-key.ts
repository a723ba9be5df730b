import type { EventMix } from '../../../shared/features/simulator.ts'

/** Names a mix in the journal: events of one key and number are the same. */
export const keyOf = (mix: EventMix): string =>
  [mix.seed, mix.duplicatesPercent, mix.invalidPercent, mix.latePercent].join('-')
