/** A name, dotted or not, each part quoted or not. */
const NAME = '(?:"[^"]+"|[a-z_#][\\w$]*)(?:\\s*\\.\\s*(?:"[^"]+"|[a-z_#][\\w$]*))*'
const plain = (name: string): string => name.replaceAll('"', '').replace(/\s/g, '').toLowerCase()
const withoutTexts = (sql: string): string => sql.replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g, "''")

/**
 * The tables that a statement names behind FROM, JOIN, INTO, UPDATE and TABLE, by the last part of their names. For
 * words of errors only.
 */
export function tablesOf(sql: string): string[] {
  const found = withoutTexts(sql).matchAll(
    new RegExp(`\\b(?:from|join|into|update|table)\\s+(?:only\\s+)?(${NAME})((?:\\s*,\\s*${NAME})*)`, 'gi'),
  )
  const names = [...found].flatMap(([, first = '', more = '']) => [
    first,
    ...more.split(',').filter(name => name.trim()),
  ])
  return [...new Set(names.map(name => plain(name).split('.').at(-1) ?? ''))]
}

/** ` in a, b`, as Redshift says where it searched a column; nothing when it searched a subquery. */
export function columnsOfSource(sql: string): string {
  const tables = /\bfrom\s*\(/i.test(withoutTexts(sql)) ? [] : tablesOf(sql)
  return tables.length === 0 ? '' : ` in ${tables.join(', ')}`
}

/** The name of a table as the statement spells it, with its schema if it has one. */
export function qualified(table: string, sql: string): string {
  const names = withoutTexts(sql).match(new RegExp(NAME, 'gi')) ?? []
  return names.map(plain).find(name => name === table || name.endsWith(`.${table}`)) ?? table
}
