import type { Draw } from './draw.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** What is at the edge of what programs expect of a value. */
const ODD_STRINGS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  'a'.repeat(3_000),
  '🦉',
  "'; select 1 --",
  '%s%n',
  'NaN',
  '-1',
  '2026-13-45T99:99Z',
  's3://',
  '{}',
  '\r\nx: y',
] as const
const ODD_NUMBERS = [
  0,
  -0,
  -1,
  1,
  0.5,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  2 ** 53 - 1,
  1_000_001,
  0xffff_ffff,
] as const

/** Any value, at most so deep. */
export function anyJson(draw: Draw, depth = 3): Json {
  const kind = draw.below(depth > 0 ? 7 : 5)
  if (kind === 0) return null
  if (kind === 1) return draw.chance(0.5)
  if (kind === 2) return draw.pick(ODD_NUMBERS)
  if (kind === 3) return draw.pick(ODD_STRINGS)
  if (kind === 4) return draw.bytes(draw.below(20)).toString('latin1')
  if (kind === 5) return Array.from({ length: draw.below(4) }, () => anyJson(draw, depth - 1))
  return Object.fromEntries(
    Array.from({ length: draw.below(4) }, () => [
      draw.pick([...ODD_STRINGS, 'target', 'sql', 'options']),
      anyJson(draw, depth - 1),
    ]),
  )
}

/** The value with one thing in it changed: a member another, gone, or one more. */
export function mutated(draw: Draw, value: Json): Json {
  if (Array.isArray(value)) {
    if (value.length === 0 || draw.chance(0.3)) return draw.chance(0.5) ? [...value, anyJson(draw)] : anyJson(draw)
    const at = draw.below(value.length)
    return value.map((entry, place) => (place === at ? mutated(draw, entry) : entry))
  }
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value)
    const name = draw.pick([...names, 'extra'])
    const way = draw.below(10)
    if (way === 0) return anyJson(draw)
    if (way === 1) return Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))
    if (way === 2) return { ...value, [draw.pick(ODD_STRINGS)]: anyJson(draw) }
    return { ...value, [name]: mutated(draw, value[name] ?? null) }
  }
  return anyJson(draw)
}
