import type { BenchRow } from '../report.ts'

/** The figure of several runs: their median, with the least and the greatest in the detail. */
export function ofRuns(row: Omit<BenchRow, 'value'> & { digits?: number }, values: readonly number[]): BenchRow {
  const { digits = 0, detail, ...rest } = row
  const sorted = [...values].sort((a, b) => a - b)
  const text = (value: number | undefined) =>
    (value ?? Number.NaN).toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  const range = `${text(sorted[0])} to ${text(sorted.at(-1))} in ${values.length} runs`
  return { ...rest, value: median(sorted), detail: [range, detail].filter(Boolean).join('; ') }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [upper = Number.NaN, lower = upper] = [sorted[middle], sorted[middle - 1]]
  return sorted.length % 2 === 1 ? upper : (lower + upper) / 2
}
