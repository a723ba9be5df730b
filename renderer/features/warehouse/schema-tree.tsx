import Button from '@cloudscape-design/components/button'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { Asked } from '../../live/use-call.ts'
import { count } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'

export const readSchema = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.warehouse.schema(scope, signal)
type Result = Awaited<ReturnType<typeof readSchema>>
export type Schema = Extract<Result, { ok: true }>['value']

const rowsOf = ({ rows }: { rows: number | null }) => (rows === null ? 'rows' : `${count(rows)} rows`)

/** Schemas, tables and columns, with the rows of each table; a click shows a table's rows. */
export function SchemaTree({
  schema,
  onRows,
}: {
  schema: Asked<Schema> & { reload: () => void }
  onRows: (table: string) => void
}) {
  const schemas = (schema.value ?? []).filter(entry => entry.tables.length > 0)
  return (
    <section className="card">
      <div className="card-head">
        <h2>Schema</h2>
        <span className="note">
          <Button variant="inline-link" onClick={schema.reload}>
            Refresh
          </Button>
        </span>
      </div>
      {schema.state === 'failed' && <Problem error={schema.error} retry={schema.reload} />}
      {schema.state === 'loading' && !schema.value && <p className="note">Loading the catalog.</p>}
      {schema.value && schemas.length === 0 && (
        <p className="note">No tables yet. Apply the plan and load the dimensions first.</p>
      )}
      <div className="tree">
        {schemas.map(entry => (
          <div key={entry.schema}>
            <p className="note">{entry.schema}; row counts from SVV_TABLE_INFO</p>
            {entry.tables.map(table => (
              <div className="tree-table" key={table.name}>
                <details>
                  <summary>{table.name}</summary>
                  <ul>
                    {table.columns.map(column => (
                      <li key={column.name}>
                        <span>{column.name}</span>
                        <span>{column.type}</span>
                      </li>
                    ))}
                  </ul>
                </details>
                <Button
                  variant="inline-link"
                  ariaLabel={`${rowsOf(table)} of ${table.name}: show them`}
                  onClick={() => onRows(`${entry.schema}.${table.name}`)}
                >
                  {rowsOf(table)}
                </Button>
              </div>
            ))}
          </div>
        ))}
      </div>
    </section>
  )
}
