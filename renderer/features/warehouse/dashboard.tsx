import Button from '@cloudscape-design/components/button'
import { useCallback, useRef, useState } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { QueryResult } from '../../../shared/features/warehouse.ts'
import type { Chart } from '../../../shared/pipelines/dashboard-spec.ts'
import { useCall } from '../../live/use-call.ts'
import { copyImage } from '../../ui/chart/copy-image.ts'
import { Ago } from '../../ui/figure.tsx'
import { duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { csvOf, saveFile } from '../../ui/table/export.ts'
import { FactChart, type Picture } from './fact-chart.tsx'

const readDashboard = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.warehouse.dashboard(scope, signal)

/** The charts of the pipeline, on the live warehouse. */
export function Dashboard({ onEdit }: { onEdit: (sql: string) => void }) {
  const dashboard = useCall(readDashboard)
  if (dashboard.state === 'failed') return <Problem error={dashboard.error} retry={dashboard.reload} />
  return (
    <div className="charts">
      {(dashboard.value ?? []).map(chart => (
        <ChartCard key={chart.id} chart={chart} onEdit={onEdit} />
      ))}
    </div>
  )
}

const MOST_ROWS = 5_000

function ChartCard({ chart, onEdit }: { chart: Chart; onEdit: (sql: string) => void }) {
  const [asTable, setAsTable] = useState(false)
  const [told, setTold] = useState('')
  const picture = useRef<Picture>(null)
  const { sql } = chart
  const result = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal) =>
        services.warehouse.query({ ...scope, sql, maxRows: MOST_ROWS }, signal),
      [sql],
    ),
  )
  return (
    <section className="card">
      <div className="card-head">
        <h2>{chart.title}</h2>
        <span className="note chart-links">
          <Button
            variant="inline-link"
            ariaLabel={`${chart.title}: ${asTable ? 'chart' : 'table'}`}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? 'Chart' : 'Table'}
          </Button>
          <Button
            variant="inline-link"
            ariaLabel={`${chart.title}: CSV`}
            disabled={!result.value}
            onClick={() => result.value && saveResult(chart.title, result.value)}
          >
            CSV
          </Button>
          <Button
            variant="inline-link"
            ariaLabel={`${chart.title}: copy its image`}
            onClick={async () => setTold(await copyImage(chart.title, picture.current?.canvas()))}
          >
            Image
          </Button>
          <Button variant="inline-link" ariaLabel={`${chart.title}: its SQL`} onClick={() => onEdit(sql)}>
            SQL
          </Button>
          <Button variant="inline-link" ariaLabel={`${chart.title}: read again`} onClick={result.reload}>
            Again
          </Button>
        </span>
      </div>
      {result.state === 'failed' && !result.value && <Problem error={result.error} retry={result.reload} />}
      {!result.value && result.state === 'loading' && <div className="chart-empty note">Asking the warehouse.</div>}
      {result.value?.rows.length === 0 && (
        <div className="chart-empty note">No rows yet: the chart appears when the job has loaded some.</div>
      )}
      {result.value &&
        result.value.rows.length > 0 &&
        (asTable ? (
          <ChartTable result={result.value} />
        ) : (
          <FactChart chart={chart} rows={result.value.rows} picture={picture} />
        ))}
      {result.value && (
        <p className="note">
          <span role="status">{told && `${told}. `}</span>
          {chart.description}
          <br />
          <Ago ms={Date.parse(result.value.at)} />, in {duration(result.value.durationMs)}
        </p>
      )}
    </section>
  )
}

const saveResult = (name: string, { columns, rows }: QueryResult) =>
  saveFile(
    `${name}.csv`,
    csvOf(
      columns.map(column => column.name),
      rows,
    ),
  )

function ChartTable({ result }: { result: QueryResult }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className="chart-table" tabIndex={0} aria-label="As a table">
      <table className="ledger">
        <thead>
          <tr>
            {result.columns.map(column => (
              <th key={column.name} scope="col">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {result.rows.map(row => (
            <tr key={JSON.stringify(row)}>
              {row.map((value, index) => (
                <td key={result.columns[index]?.name}>{value === null ? 'null' : String(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
