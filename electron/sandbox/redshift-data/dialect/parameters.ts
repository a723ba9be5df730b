import { RedshiftError } from './statement.ts'

/** Strings, quoted names, comments and casts are passed over; what is left of `:name` is a parameter. */
const PIECES = /'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|::|:([A-Za-z_][A-Za-z0-9_]*)/g

/**
 * Puts named parameters into a statement as string literals, which Redshift casts where they stand.
 * @throws RedshiftError when a parameter is used and not given, or given and not used
 */
export function bindParameters(sql: string, parameters: readonly { name: string; value: string }[]): string {
  const values = new Map(parameters.map(parameter => [parameter.name, parameter.value]))
  const used = new Set<string>()
  const bound = sql.replace(PIECES, (whole, name: string | undefined) => {
    if (name === undefined) return whole
    const value = values.get(name)
    // Without any parameters a colon is left alone: `a:b` navigates a SUPER value.
    if (value === undefined) {
      if (parameters.length === 0) return whole
      throw new RedshiftError(`Parameters list does not contain a value for parameter ${name}`, '42601')
    }
    used.add(name)
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  })
  const unused = [...values.keys()].find(name => !used.has(name))
  if (unused !== undefined) throw new RedshiftError(`Parameter ${unused} is not used in the statement`, '42601')
  return bound
}
