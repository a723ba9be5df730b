/** A statement of a SQL file: its text without comments, and where it begins in the file. */
export interface FileStatement {
  sql: string
  at: number
}

/**
 * The statements of a SQL file of ours: comments that are whole lines are blanks, statements end with a semicolon at
 * the end of a line.
 */
export function statementsOf(text: string): FileStatement[] {
  const blanked = text.replace(/^[ \t]*--.*$/gm, comment => ' '.repeat(comment.length))
  const statements: FileStatement[] = []
  let begin = 0
  const end = (to: number) => {
    const part = blanked.slice(begin, to)
    const sql = part.trim()
    if (sql !== '') statements.push({ sql, at: begin + part.indexOf(sql) })
  }
  for (const { index, 0: found } of blanked.matchAll(/;[ \t\r]*(?:\n|$)/g)) {
    end(index)
    begin = index + found.length
  }
  end(blanked.length)
  return statements
}

export const splitSqlFile = (text: string): string[] => statementsOf(text).map(({ sql }) => withoutBlankLines(sql))

/** A comment within a statement leaves no line behind. */
const withoutBlankLines = (sql: string): string => sql.replace(/\n(?:[ \t]*\n)+/g, '\n')
