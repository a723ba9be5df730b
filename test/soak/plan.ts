/**
 * What happens to the pipeline, one thing after the other. Shares of the whole; kills of core are seldom, so that
 * processes grow old, too.
 */
const SHARES = {
  'kill engine': 10,
  'kill sandbox': 8,
  'kill core': 5,
  'stop sandbox for a while': 5,
  split: 3,
  merge: 3,
  'console joins': 6,
  'console leaves': 4,
  'page comes and goes': 14,
  inspect: 12,
  'abort an upload': 6,
} as const
export type ActKind = keyof typeof SHARES
export const ACT_KINDS = Object.keys(SHARES) as ActKind[]

export interface Act {
  kind: ActKind
  /** After the act before. */
  afterMs: number
  /** In [0, 1): which of several, how long, how much. */
  draw: number
}

const SHORTEST_GAP_MS = 1_000
const LONGEST_GAP_MS = 9_000

/** The acts of a seed, without an end: the same seed, the same acts. */
export function* planActs(random: () => number): Generator<Act, never> {
  const total = ACT_KINDS.reduce((sum, kind) => sum + SHARES[kind], 0)
  for (;;) {
    const afterMs = Math.round(SHORTEST_GAP_MS + random() * (LONGEST_GAP_MS - SHORTEST_GAP_MS))
    let at = random() * total
    const kind = ACT_KINDS.find(candidate => {
      at -= SHARES[candidate]
      return at < 0
    })
    yield { kind: kind ?? 'inspect', afterMs, draw: random() }
  }
}

const MOST_SHARDS = 6

/**
 * Within what UpdateShardCount allows in one step, at most double and at least half (Kinesis API reference), and within
 * what one machine serves.
 */
export function shardsAfter(kind: 'split' | 'merge', open: number, draw: number): number {
  const [least, most] = kind === 'split' ? [open + 1, Math.min(open * 2, MOST_SHARDS)] : [Math.ceil(open / 2), open - 1]
  return most < least ? open : least + Math.floor(draw * (most - least + 1))
}
