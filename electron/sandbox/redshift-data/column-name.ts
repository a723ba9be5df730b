/**
 * The name of a column of a result as Redshift gives it (PostgreSQL's rules: the last part of a column, the name of a
 * function, `case`, what is cast; `?column?` for any other expression). DuckDB names a column that has no alias by its
 * whole expression.
 */
export function columnName(name: string): string {
  const lower = name.toLowerCase()
  const cast = /^cast\((.*) as [^)]*(?:\([\d, ]*\))?\)$/s.exec(lower)?.[1]
  if (cast !== undefined) return columnName(unquoted(cast))
  if (/^case\s/.test(lower)) return 'case'
  const called = /^(?:main\.)?"?([a-z_]\w*)"?\(.*\)(?:\s+(?:over|filter)\s*\(.*\))?$/s.exec(lower)?.[1]
  if (called !== undefined)
    return (
      FUNCTIONS[called] ?? called.replace(/^sluice_(?:dateadd_\w+)?/, found => (found === 'sluice_' ? '' : 'date_add'))
    )
  if (/^\(.*\)$/s.test(lower) || /^-?[\d.]+$/.test(lower) || /^'.*'$/s.test(lower) || lower === 'null')
    return '?column?'
  return lower
}

const unquoted = (text: string): string => /^"([^"]+)"$/.exec(text)?.[1] ?? text

/** Functions that the translation calls by another name. */
const FUNCTIONS: Record<string, string> = {
  count_star: 'count',
  sluice_now: 'getdate',
  sluice_strftime: 'to_char',
  sluice_number: 'to_char',
  sluice_json_path: 'json_extract_path_text',
  sluice_json_element: 'json_extract_array_element_text',
  sluice_user: 'current_user',
  sluice_cut: 'varchar',
  sluice_datediff: 'date_diff',
}
