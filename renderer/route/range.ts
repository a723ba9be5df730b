import { useMemo } from 'react'
import { changeQuery, currentRoute, type Route, useRoute } from './route.ts'

/** The time that the charts show: the newest minutes, going on, or a range that stays. Times are epoch ms. */
export type TimeRange = { kind: 'last'; lastMs: number } | { kind: 'fixed'; fromMs: number; toMs: number }

/** The choices for the newest time; the first is what the page keeps by itself. */
export const LASTS = [
  { text: '15 min', query: '15m', ms: 900_000 },
  { text: '1 h', query: '1h', ms: 3_600_000 },
  { text: '6 h', query: '6h', ms: 21_600_000 },
  { text: '24 h', query: '24h', ms: 86_400_000 },
] as const

function rangeOf({ query }: Route): TimeRange {
  const [fromMs, toMs] = ['from', 'to'].map(name => Date.parse(query.get(name) ?? ''))
  if (fromMs !== undefined && toMs !== undefined && toMs > fromMs) return { kind: 'fixed', fromMs, toMs }
  const last = LASTS.find(entry => entry.query === query.get('last')) ?? LASTS[0]
  return { kind: 'last', lastMs: last.ms }
}

/** The range of the link; the same object while the link says the same. */
export function useRange(): TimeRange {
  const route = useRoute()
  const key = ['from', 'to', 'last'].map(name => route.query.get(name)).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is all that matters of the route
  return useMemo(() => rangeOf(route), [key])
}

export const showLast = (query: string): void => changeQuery({ last: query, from: undefined, to: undefined })

export const showRange = (fromMs: number, toMs: number): void =>
  changeQuery({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() })

/**
 * The address of this view with the time that it shows now, so that it shows the same minutes whenever it is opened.
 */
export function linkAtThisTime(): string {
  const range = rangeOf(currentRoute())
  const toMs = range.kind === 'fixed' ? range.toMs : Date.now()
  const fromMs = range.kind === 'fixed' ? range.fromMs : toMs - range.lastMs
  const { page, query } = currentRoute()
  const fixed = new URLSearchParams(query)
  fixed.delete('last')
  fixed.set('from', new Date(fromMs).toISOString())
  fixed.set('to', new Date(toMs).toISOString())
  return `${location.href.replace(/#.*$/, '')}#/${page}?${fixed}`
}
