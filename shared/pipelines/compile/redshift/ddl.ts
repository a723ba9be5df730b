import { provenanceColumns } from '../../provenance.ts'
import type { SourceSpec } from '../../spec/source.ts'
import type { ColumnToCompile } from '../judge-sql.ts'
import { createBatchTable } from './batch-table.ts'
import { type DeclaredTable, declaredTables, typeNamed } from './declared-tables.ts'

/** A SQL file below `sql/`, by its path there. */
export interface SqlFile {
  file: string
  text: string
}

/** What the tables of a pipeline have to be, as its spec says. */
export interface TablesToCompile {
  source: { kind: SourceSpec['kind'] }
  sink: { schema: string; table: string; batchTable: string; columns: readonly ColumnToCompile[] }
  dimensions: readonly { table: string; columns: readonly { name: string; type: string }[] }[]
}

/**
 * The DDL that runs, of what an author wrote: the fact table gets the columns of provenance, and the batch table is
 * added behind it. `problems` are where the author's tables are not what the spec says; the files are whole only when
 * there are none.
 */
export function compileDdl(spec: TablesToCompile, files: readonly SqlFile[]): { files: SqlFile[]; problems: string[] } {
  const { schema, table, batchTable } = spec.sink
  const problems: string[] = []
  const tables = files.flatMap(({ file, text }) => {
    try {
      return declaredTables(text).map(declared => ({ file, ...declared }))
    } catch (error) {
      problems.push(`sql/${file}: ${(error as Error).message}`)
      return []
    }
  })
  if (problems.length > 0) return { files: [...files], problems }
  const find = (name: string) =>
    tables.find(entry => isSame(entry.name, name) && entry.schema !== undefined && isSame(entry.schema, schema))
  const added = provenanceColumns(spec.source.kind)
  const provenance = new Set(added.map(column => column.name))
  const own = spec.sink.columns.filter(column => !provenance.has(column.name))
  const fact = find(table)
  const batches = find(batchTable)
  for (const wanted of [{ table, columns: own }, ...spec.dimensions])
    problems.push(...unlike(schema, wanted, find(wanted.table)))
  for (const name of fact?.columns.keys() ?? [])
    if (provenance.has(name.toLowerCase()))
      problems.push(`sql/${fact?.file}: ${schema}.${table} has the column ${name}, which is added to it: take it out`)
  if (batches)
    problems.push(`sql/${batches.file}: ${schema}.${batchTable} is the batch table, which is added: take it out`)
  if (!fact || problems.length > 0) return { files: [...files], problems }
  const columns = added.map(({ name, type }) => `,\n  ${name} ${type.toLowerCase()}`).join('')
  return {
    problems,
    files: files.map(({ file, text }) => {
      if (file !== fact.file) return { file, text }
      const begun = text.slice(0, fact.columnsEnd) + columns + text.slice(fact.columnsEnd).trimEnd()
      return { file, text: `${begun.replace(/;?$/, ';')}\n\n${createBatchTable(schema, batchTable)};\n` }
    }),
  }
}

/** Redshift knows names that are not quoted by their lower case. */
const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

function unlike(
  schema: string,
  { table, columns }: { table: string; columns: readonly { name: string; type: string }[] },
  declared: (DeclaredTable & { file: string }) | undefined,
): string[] {
  if (!declared) return [`warehouse.ddl: no file has a CREATE TABLE ${schema}.${table}`]
  const types = new Map([...declared.columns].map(([name, type]) => [name.toLowerCase(), type]))
  return columns.flatMap(({ name, type }) => {
    const is = types.get(name.toLowerCase())
    const place = `sql/${declared.file}: ${schema}.${table}`
    if (is === undefined) return [`${place} has no column ${name}, which the spec fills`]
    return is === typeNamed(type) ? [] : [`${place} has ${name} as ${is}, and the spec says ${typeNamed(type)}`]
  })
}
