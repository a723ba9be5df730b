import Button from '@cloudscape-design/components/button'
import Select from '@cloudscape-design/components/select'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { QueryResult } from '../../../shared/features/warehouse.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../app/connection.ts'
import { useLive } from '../../app/live.ts'
import { goTo, linkTo, useRoute } from '../../app/route.ts'
import { useCall } from '../../app/use-call.ts'
import { Ago } from '../../ui/figure.tsx'
import { count, duration } from '../../ui/format.ts'
import { Grid } from '../../ui/grid.tsx'
import { Problem } from '../../ui/problem.tsx'
import { downloadCsv } from './csv.ts'
import { Dashboard } from './dashboard.tsx'
import { SqlEditor } from './sql-editor.tsx'

const readSchema = (services: Services, scope: PipelineScope, signal: AbortSignal) => services.warehouse.schema(scope, signal)
const LIMITS = [1_000, 10_000, 100_000].map(value => ({ value: String(value), label: `at most ${count(value)} rows` }))

const FIRST = `select c.City, r.Cuisine, count(*) as orders, sum(f.OrderValue) as revenue, avg(f.DeliveryTime::decimal(10,2)) as minutes
from food_delivery_datamart.factOrders f
join food_delivery_datamart.dimCustomers c on c.CustomerID = f.CustomerID
join food_delivery_datamart.dimRestaurants r on r.RestaurantID = f.RestaurantID
group by 1, 2
order by revenue desc`

type Run =
  | { state: 'idle' }
  | { state: 'running'; sinceMs: number }
  | { state: 'done'; result: QueryResult }
  | { state: 'failed'; error: AppError }

/** Tables, SQL and its result. */
export default function Warehouse() {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const view = useRoute().query.get('view') === 'dashboard' ? 'dashboard' : 'sql'
  const schema = useCall(readSchema)
  const [sql, setSql] = useState(FIRST)
  const [limit, setLimit] = useState(LIMITS[1])
  const [run, setRun] = useState<Run>({ state: 'idle' })
  const abort = useRef<AbortController>(undefined)

  const execute = async (text: string) => {
    if (!services || text.trim() === '') return
    abort.current?.abort()
    const current = new AbortController()
    abort.current = current
    setRun({ state: 'running', sinceMs: Date.now() })
    const result = await services.warehouse.query(
      { ...scope, sql: text, maxRows: Number(limit?.value ?? 10_000) },
      current.signal,
    )
    if (abort.current !== current) return
    setRun(result.ok ? { state: 'done', result: result.value } : { state: 'failed', error: result.error })
  }
  const completion = useMemo(() => {
    const entries = (schema.value ?? []).flatMap(entry =>
      entry.tables.map(table => [`${entry.schema}.${table.name}`, table.columns.map(column => column.name)] as const),
    )
    return Object.fromEntries(entries)
  }, [schema.value])
  const browse = useCallback((table: string) => {
    const text = `select * from ${table}`
    setSql(text)
    return text
  }, [])

  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Warehouse</h1>
          <p>Facts and dimensions, and any query over them.</p>
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
      {view === 'dashboard' && (
        <Dashboard
          onEdit={text => {
            setSql(text)
            goTo('warehouse')
          }}
        />
      )}
      <div className="warehouse" hidden={view === 'dashboard'}>
        <section className="card">
          <div className="card-head">
            <h2>Schema</h2>
            <span className="note">
              <Button variant="inline-link" onClick={schema.reload}>
                Read again
              </Button>
            </span>
          </div>
          {schema.state === 'failed' && <Problem error={schema.error} retry={schema.reload} />}
          {schema.value?.every(entry => entry.tables.length === 0) && (
            <p className="note">No tables yet. Apply the plan and load the dimensions first.</p>
          )}
          <div className="tree">
            {(schema.value ?? [])
              .filter(entry => entry.tables.length > 0)
              .map(entry => (
                <div key={entry.schema}>
                  <p className="note">{entry.schema}</p>
                  {entry.tables.map(table => (
                    <div className="tree-table" key={table.name}>
                      <Button
                        variant="inline-link"
                        ariaLabel={`Show the rows of ${table.name}`}
                        onClick={() => execute(browse(`${entry.schema}.${table.name}`))}
                      >
                        rows
                      </Button>
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
                    </div>
                  ))}
                </div>
              ))}
          </div>
        </section>
        <div className="page">
          <section className="card">
            <SqlEditor value={sql} onChange={setSql} onRun={() => execute(sql)} schema={completion} />
            <div className="page-head run-bar">
              <Button variant="primary" loading={run.state === 'running'} onClick={() => execute(sql)}>
                Run
              </Button>
              {run.state === 'running' && <Button onClick={() => abort.current?.abort()}>Cancel</Button>}
              <Select
                ariaLabel="Row limit"
                selectedOption={limit ?? null}
                options={LIMITS}
                onChange={({ detail }) => setLimit(LIMITS.find(entry => entry.value === detail.selectedOption.value))}
              />
              <span className="note">Ctrl Enter runs</span>
            </div>
          </section>
          <ResultCard run={run} />
        </div>
      </div>
    </div>
  )
}

function ResultCard({ run }: { run: Run }) {
  if (run.state === 'idle') return <section className="card note">The rows will be here.</section>
  if (run.state === 'failed') return <Problem error={run.error} />
  if (run.state === 'running')
    return (
      <section className="card note" aria-busy="true">
        Running since <Ago ms={run.sinceMs} />.
      </section>
    )
  const { result } = run
  if (result.columns.length === 0)
    return <section className="card">Done in {duration(result.durationMs)}; it has no rows to show.</section>
  return (
    <section className="card">
      <div className="card-head">
        <h2>
          {count(result.rows.length)} {result.rows.length === 1 ? 'row' : 'rows'}
          {result.truncated && ` of ${count(result.totalRows)}: cut by the row limit`}
        </h2>
        <span className="note">
          in {duration(result.durationMs)}, <Ago ms={Date.parse(result.at)} />
        </span>
        <Button iconName="download" onClick={() => downloadCsv(result)}>
          CSV
        </Button>
      </div>
      <Grid label="Result" columns={result.columns} rows={result.rows} height={Math.min(560, 70 + result.rows.length * 30)} />
    </section>
  )
}
