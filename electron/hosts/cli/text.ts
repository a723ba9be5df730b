/** Numbers as people read them, with their unit. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US')

/** `0 ms`, `850 ms`, `2.4 s`, `3 min 20 s`, `2 h 5 min`; a dash for what is not known. */
export function duration(ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
}

/** `512 B`, `1.4 MiB`. */
export function bytes(value: number | null): string {
  if (value === null) return '–'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let amount = value
  let unit = 0
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024
    unit++
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${units[unit]}`
}

/** Lines of a table: the first row is the heading; columns whose cells are all numbers are set to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const [heading = [], ...body] = rows
  const widths = heading.map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const right = heading.map(
    (_, column) =>
      body.length > 0 && body.every(row => /^[-–\d.,]+( ?[A-Za-z%/]+)*$/.test(row[column] ?? '') || !row[column]),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(heading), widths.map(width => '─'.repeat(width)).join('  '), ...body.map(line)]
}
