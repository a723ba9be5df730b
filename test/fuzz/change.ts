/** Draws: all from one generator, so that the same seed draws the same. */
export interface Draw {
  chance(share: number): boolean
  below(limit: number): number
  one<T>(of: readonly T[]): T
}

export function drawing(random: () => number): Draw {
  const below = (limit: number) => Math.floor(random() * limit)
  return {
    chance: share => random() < share,
    below,
    one<T>(of: readonly T[]): T {
      return of[below(of.length)] as T
    },
  }
}

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  -(2 ** 63),
  '',
  ' ',
  '0',
  'a'.repeat(300),
  'x'.repeat(70_000),
  'ü€😀',
  '\u0000\u001f\u007f',
  '\ud800',
  '../../etc/passwd',
  "' or 1=1 --",
  '%s%n{a}',
  '2026-11-21T12:00:00Z',
  [],
  {},
  [null],
  [[[[[]]]]],
  { a: { b: { c: {} } } },
  Array.from({ length: 600 }, (_, index) => index),
]
const ODD_NAMES = ['__proto__', 'constructor', '', 'a', 'toString', 'StreamName', 'Id', 'Marker']

/** A copy of a value with one to three changes somewhere in it. */
export function changedValue(value: unknown, draw: Draw): unknown {
  let changed = structuredClone(value)
  for (let left = 1 + draw.below(3); left > 0; left--) changed = changeOnce(changed, draw)
  return changed
}

function changeOnce(value: unknown, draw: Draw): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || draw.chance(0.2)) return draw.one([[], [...value, ...value], draw.one(ODD_VALUES)])
    const at = draw.below(value.length)
    return value.map((entry: unknown, index) => (index === at ? changeOnce(entry, draw) : entry))
  }
  if (value !== null && typeof value === 'object') {
    const names = Object.keys(value)
    if (names.length === 0 || draw.chance(0.15)) return { ...value, [draw.one(ODD_NAMES)]: draw.one(ODD_VALUES) }
    const name = draw.one(names)
    if (draw.chance(0.2)) return Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))
    return Object.fromEntries(
      Object.entries(value).map(([other, of]) => [other, other === name ? changeOnce(of, draw) : of]),
    )
  }
  if (typeof value === 'string' && draw.chance(0.4)) return changedText(value, draw)
  return draw.one(ODD_VALUES)
}

const PIECES = [
  '<',
  '>',
  '&',
  '&lt;',
  '<a>',
  '</a>',
  '<!DOCTYPE a>',
  '<![CDATA[',
  ']]>',
  '"',
  "'",
  '{',
  '[',
  '\\',
  '%',
  '%00',
  '%ff',
  '?',
  '#',
  '=',
  '\n',
  '\r\n',
  '\u0000',
  '😀',
  '0',
  '-1',
  '9'.repeat(40),
]

/** A text with one to three pieces of it changed, doubled, cut off or put in. */
export function changedText(text: string, draw: Draw): string {
  let changed = text
  for (let left = 1 + draw.below(3); left > 0; left--) {
    const at = draw.below(changed.length + 1)
    const end = Math.min(changed.length, at + 1 + draw.below(8))
    const how = draw.below(4)
    if (how === 0) changed = changed.slice(0, at) + changed.slice(end)
    else if (how === 1) changed = changed.slice(0, at) + draw.one(PIECES) + changed.slice(at)
    else if (how === 2) changed = changed.slice(0, end) + changed.slice(at)
    else changed = changed.slice(0, at)
  }
  return changed
}
