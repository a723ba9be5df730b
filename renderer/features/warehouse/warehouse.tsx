import './warehouse.css'
import { useEffect, useMemo } from 'react'
import { useCall } from '../../live/use-call.ts'
import { usePipeline } from '../../live/use-pipeline.ts'
import { changeQuery, goTo, linkTo, useRoute } from '../../route/route.ts'
import { Dashboard } from './dashboard.tsx'
import { QueryPanel, useRunTab } from './query-panel.tsx'
import { readSchema, SchemaTree } from './schema-tree.tsx'
import { useTabs } from './tabs.ts'

/** Tables, SQL and its results; and the dashboard of the pipeline. */
export default function Warehouse() {
  const { query } = useRoute()
  const view = query.get('view') === 'dashboard' ? 'dashboard' : 'sql'
  const schema = useCall(readSchema)
  const open = useTabs(tabs => tabs.open)
  const begin = useTabs(tabs => tabs.begin)
  const firstQuery = usePipeline()?.firstQuery
  useEffect(() => {
    if (firstQuery != null) begin(firstQuery)
  }, [firstQuery, begin])
  const run = useRunTab()
  // A link may bring a statement: it gets a tab, and the user runs it after reading it.
  const linked = query.get('sql')
  useEffect(() => {
    if (linked === null) return
    open(linked)
    changeQuery({ sql: undefined })
  }, [linked, open])
  const completion = useMemo(
    () =>
      Object.fromEntries(
        (schema.value ?? []).flatMap(entry =>
          entry.tables.map(
            table => [`${entry.schema}.${table.name}`, table.columns.map(column => column.name)] as const,
          ),
        ),
      ),
    [schema.value],
  )
  const showRows = (table: string) => {
    const sql = `select * from ${table}`
    void run(open(sql), sql)
  }

  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Warehouse</h1>
          <p>Fact and dimension tables, queries and the dashboard.</p>
        </div>
        <div className="page-actions">
          <nav className="views" aria-label="View">
            <a className="view" href={linkTo('warehouse')} aria-current={view === 'sql' ? 'page' : undefined}>
              Tables and SQL
            </a>
            <a
              className="view"
              href={linkTo('warehouse', { view: 'dashboard' })}
              aria-current={view === 'dashboard' ? 'page' : undefined}
            >
              Dashboard
            </a>
          </nav>
        </div>
      </div>
      {view === 'dashboard' ? (
        <Dashboard
          onEdit={sql => {
            open(sql)
            goTo('warehouse')
          }}
        />
      ) : (
        <div className="warehouse">
          <SchemaTree schema={schema} onRows={showRows} />
          <QueryPanel completion={completion} />
        </div>
      )}
    </div>
  )
}
