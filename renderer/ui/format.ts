const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const one = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

/** To the minute: a second more or less is nobody's plan. Empty where nothing is left. */
export const timeLeft = (ms: number): string =>
  ms <= 0 ? '' : ms < 60_000 ? 'under 1 min left' : `${duration(ms - (ms % 60_000))} left`

/** `12,345`. */
export const count = (value: number): string => whole.format(value)

/** Records per second: one decimal below ten, none above. */
export const rate = (perSecond: number): string => (perSecond < 10 ? one : whole).format(perSecond)

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
/** `1.5 MiB`. */
export function bytes(value: number): string {
  let unit = 0
  let scaled = value
  for (; scaled >= 1024 && unit < BYTE_UNITS.length - 1; unit++) scaled /= 1024
  return `${(unit === 0 ? whole : one).format(scaled)} ${BYTE_UNITS[unit]}`
}

/** `640 ms`, `12.4 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`; what is whole is written whole: `3 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${whole.format(ms)} ms`
  if (ms < 60_000) return `${one.format(ms / 1_000)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return two(seconds, 60, 'min', 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1_440) return two(minutes, 60, 'h', 'min')
  return two(Math.floor(minutes / 60), 24, 'd', 'h')
}

const two = (value: number, size: number, large: string, small: string): string =>
  `${Math.floor(value / size)} ${large}${value % size === 0 ? '' : ` ${value % size} ${small}`}`

/** The age of what is asked for every few seconds: up to this it is as new as it gets. */
const NEW_MS = 20_000
/** How exact an age is: the older, the less it matters. */
const AGO_STEPS: [belowMs: number, stepMs: number][] = [
  [60_000, 10_000],
  [3_600_000, 60_000],
  [Number.POSITIVE_INFINITY, 600_000],
]

/**
 * `just now`, `20 s ago`, `12 min ago`, `3 h 20 min ago`: coarse, so that it can be read and is not drawn again every
 * second.
 */
export function ago(ms: number): string {
  if (ms < NEW_MS) return 'just now'
  const [, step] = AGO_STEPS.find(([below]) => ms < below) ?? [0, 1]
  return `${duration(ms - (ms % step))} ago`
}

/** `UTC`, or `local time, UTC+02:00`: of which zone the times are that `clock` gives. */
export function zoneOf(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `local time, UTC${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`
}

/** `14:03:07`, in the time of this machine. */
export const clock = (ms: number): string => new Date(ms).toLocaleTimeString('en-GB')

/** `2026-11-21 14:03:07.250 UTC`, where milliseconds matter. */
export const exact = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')} UTC`

/** `2026-11-21 14:03:07 UTC`: what can be pasted into a chat. */
export const absolute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
