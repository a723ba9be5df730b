import type { QueryResult } from '../../../shared/features/warehouse.ts'

const field = (value: unknown): string => {
  if (value === null) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The rows that are here as CSV with a heading (RFC 4180); null is an empty field. */
export const toCsv = ({ columns, rows }: Pick<QueryResult, 'columns' | 'rows'>): string =>
  [columns.map(column => column.name), ...rows].map(row => `${row.map(field).join(',')}\r\n`).join('')

/** Offers them as a file, named after the time of the query. */
export function downloadCsv(result: QueryResult): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([toCsv(result)], { type: 'text/csv' }))
  link.download = `query-${result.at.slice(0, 19).replaceAll(':', '')}.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
