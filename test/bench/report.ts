/** One measured figure. */
export interface BenchRow {
  name: string
  value: number
  unit: string
  detail?: string
}
export type Report = (row: BenchRow) => void
