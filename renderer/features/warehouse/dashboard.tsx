import Button from '@cloudscape-design/components/button'
import { useCallback, useMemo, useRef, useState } from 'react'
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
import { ValueTable } from '../../ui/table/value-table.tsx'
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
  const [message, setMessage] = useState('')
  const picture = useRef<Picture>(null)
  const { sql } = chart
  const result = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal) =>
        services.warehouse.query({ ...scope, sql, maxRows: MOST_ROWS }, signal),
      [sql],
    ),
  )
  const columns = useMemo(() => result.value?.columns.map(column => column.name) ?? [], [result.value])
  return (
    <section className="card">
      <div className="card-head">
        <h2>{chart.title}</h2>
        <ChartLinks
          title={chart.title}
          asTable={asTable}
          onTable={() => setAsTable(!asTable)}
          result={result.value}
          onImage={async () => setMessage(await copyImage(chart.title, picture.current?.canvas()))}
          onEdit={() => onEdit(sql)}
          onReload={result.reload}
        />
      </div>
      {result.state === 'failed' && !result.value && <Problem error={result.error} retry={result.reload} />}
      {!result.value && result.state === 'loading' && <div className="chart-empty note">Running the query.</div>}
      {result.value?.rows.length === 0 && (
        <div className="chart-empty note">No data available. The chart appears once the job has loaded rows.</div>
      )}
      {result.value &&
        result.value.rows.length > 0 &&
        (asTable ? (
          <ValueTable
            label={`${chart.title}, as a table`}
            columns={columns}
            rows={result.value.rows}
            keyOf={placeOf}
            none="null"
          />
        ) : (
          <FactChart chart={chart} columns={columns} rows={result.value.rows} picture={picture} />
        ))}
      {result.value && (
        <p className="note">
          <span role="status">{message && `${message}. `}</span>
          {chart.description}
          <br />
          <Ago ms={Date.parse(result.value.at)} />, in {duration(result.value.durationMs)}
        </p>
      )}
    </section>
  )
}

interface ChartLinksProps {
  title: string
  asTable: boolean
  onTable: () => void
  result: QueryResult | undefined
  onImage: () => void
  onEdit: () => void
  onReload: () => void
}

/** The other ways to have a chart: its numbers, its picture, its statement. */
function ChartLinks({ title, asTable, onTable, result, onImage, onEdit, onReload }: ChartLinksProps) {
  return (
    <span className="note chart-links">
      <Button variant="inline-link" ariaLabel={`${title}: ${asTable ? 'chart' : 'table'}`} onClick={onTable}>
        {asTable ? 'Chart' : 'Table'}
      </Button>
      <Button
        variant="inline-link"
        ariaLabel={`${title}: CSV`}
        disabled={!result}
        onClick={() => result && saveResult(title, result)}
      >
        CSV
      </Button>
      <Button variant="inline-link" ariaLabel={`${title}: copy the image`} onClick={onImage}>
        Image
      </Button>
      <Button variant="inline-link" ariaLabel={`${title}: SQL`} onClick={onEdit}>
        SQL
      </Button>
      <Button variant="inline-link" ariaLabel={`${title}: refresh`} onClick={onReload}>
        Refresh
      </Button>
    </span>
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

/** Rows of a statement need not differ. */
const placeOf = (_: unknown, place: number): string => String(place)
