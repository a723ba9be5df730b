/** Counts and times as sentences have them. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US')

/** `1 record`, `2,000 records`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `12 s`, `4 min`, `3.5 h`, `2.1 d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  const hours = seconds / 3_600
  return hours < 36 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} d`
}
