/**
 * The statements of a SQL file of ours: whole-line comments are left out, statements end with a semicolon at the end of
 * a line.
 */
export const splitSqlFile = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => !line.trimStart().startsWith('--'))
    .join('\n')
    .split(/;\s*(?:\n|$)/)
    .map(statement => statement.trim())
    .filter(Boolean)
