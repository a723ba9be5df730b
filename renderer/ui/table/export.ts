/** A value as it is exported: numbers as numbers, null where there is none. */
export type Value = string | number | boolean | null

/**
 * Rows as CSV (RFC 4180): fields with a comma, a quote or a line end are quoted, lines end with CRLF; null is an empty
 * field.
 */
export const csvOf = (columns: readonly string[], rows: readonly (readonly Value[])[]): string =>
  [columns, ...rows].map(row => `${row.map(csvField).join(',')}\r\n`).join('')

function csvField(value: Value): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows as lines of tabs: what a spreadsheet takes from the clipboard. */
export const tsvOf = (columns: readonly string[], rows: readonly (readonly Value[])[]): string =>
  [columns, ...rows]
    .map(row => row.map(value => (value === null ? '' : String(value).replace(/[\t\r\n]+/g, ' '))).join('\t'))
    .join('\n')

/** Gives a file to the user, as the browser or the window saves files. */
export function saveFile(name: string, content: Blob | string, type = 'text/csv'): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content)
  const link = document.createElement('a')
  link.href = url
  link.download = name.replace(/[^\w.-]+/g, '-').toLowerCase()
  link.click()
  // The download has its own hold on the content by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
