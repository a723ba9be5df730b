/** The rows of a CSV text with a heading, by column name (RFC 4180). */
export function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  const endCell = () => {
    rows.at(-1)?.push(cell)
    cell = ''
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') {
        cell += '"'
        at++
      } else quoted = false
    } else if (char === '"') quoted = true
    else if (char === ',') endCell()
    else if (char === '\n') {
      endCell()
      rows.push([])
    } else if (char !== '\r') cell += char
  }
  if (cell !== '' || (rows.at(-1)?.length ?? 0) > 0) endCell()
  const [heading = [], ...body] = rows.filter(row => row.length > 0)
  return body.map(row => Object.fromEntries(heading.map((name, column) => [name, row[column] ?? ''])))
}
