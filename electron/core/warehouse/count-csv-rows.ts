/** How many rows a CSV text has behind its heading; a line break in quotes is part of its row. */
export function countCsvRows(text: string): number {
  let rows = 0
  let quoted = false
  let empty = true
  for (const char of text) {
    if (char === '"') quoted = !quoted
    if (char === '\n' && !quoted) {
      if (!empty) rows++
      empty = true
    } else if (char !== '\r') empty = false
  }
  return Math.max(0, rows + (empty ? 0 : 1) - 1)
}
