import Button from '@cloudscape-design/components/button'
import { useRef, useState } from 'react'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { Ago, Elapsed } from '../../ui/figure.tsx'
import { bytes, count, duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { saveFile } from '../../ui/table/export.ts'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { Grid } from '../../ui/table/grid.tsx'
import { ResultChart } from './result-chart.tsx'
import type { Run } from './tabs.ts'

/** What came of a statement: rows as a grid or a chart, and as files. */
export function ResultCard({ run }: { run: Run }) {
  const [asChart, setAsChart] = useState(false)
  if (run.state === 'idle') return <section className="card note">Run a query to see its results.</section>
  if (run.state === 'failed') return <Problem error={run.error} />
  if (run.state === 'running')
    return (
      <section className="card note" aria-busy="true">
        Running for <Elapsed sinceMs={run.sinceMs} />.
      </section>
    )
  const { result, sql, maxRows } = run
  if (result.columns.length === 0)
    return (
      <section className="card">Completed in {duration(result.durationMs)}; the statement returned no rows.</section>
    )
  const name = `query-${result.at.slice(0, 19).replaceAll(':', '')}`
  return (
    <section className="card">
      <div className="card-head">
        <h2>
          {count(result.rows.length)} {result.rows.length === 1 ? 'row' : 'rows'}
          {result.truncated && ` of ${count(result.totalRows)}, limited by the row limit`}
        </h2>
        <span className="note beside">
          in {duration(result.durationMs)}, <Ago ms={Date.parse(result.at)} />
        </span>
        <span className="head-actions">
          <Button onClick={() => setAsChart(!asChart)}>{asChart ? 'Grid' : 'Chart'}</Button>
          <ExportButtons
            name={name}
            table={() => ({ columns: result.columns.map(column => column.name), rows: result.rows })}
          />
          <Parquet name={name} sql={sql} maxRows={maxRows} />
        </span>
      </div>
      {asChart ? (
        <ResultChart result={result} />
      ) : (
        <Grid
          label="Result"
          columns={result.columns}
          rows={result.rows}
          height={Math.min(560, 70 + result.rows.length * 30)}
        />
      )}
    </section>
  )
}

/** The rows as a Parquet file. Core runs the query again and writes it, with the types of the warehouse. */
function Parquet({ name, sql, maxRows }: { name: string; sql: string; maxRows: number }) {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [progress, setProgress] = useState<string>()
  const [failure, setFailure] = useState<AppError>()
  const abort = useRef<AbortController>(undefined)
  const save = async () => {
    if (!services) return
    const current = new AbortController()
    abort.current = current
    setFailure(undefined)
    setProgress('running the query')
    const pieces: Uint8Array<ArrayBuffer>[] = []
    let received = 0
    for await (const piece of services.warehouse.parquet({ ...scope, sql, maxRows }, current.signal)) {
      if (!piece.ok) {
        setProgress(undefined)
        if (piece.error.code !== 'cancelled') setFailure(piece.error)
        return
      }
      const decoded = Uint8Array.from(atob(piece.value.base64), letter => letter.charCodeAt(0))
      pieces.push(decoded)
      received += decoded.length
      setProgress(`${bytes(received)} of ${bytes(piece.value.sizeBytes)}`)
    }
    setProgress(undefined)
    saveFile(`${name}.parquet`, new Blob(pieces, { type: 'application/vnd.apache.parquet' }))
  }
  return (
    <>
      {progress === undefined ? (
        <Button iconName="download" onClick={save}>
          Parquet
        </Button>
      ) : (
        <Button onClick={() => abort.current?.abort()}>Cancel download ({progress})</Button>
      )}
      {failure && <Problem error={failure} />}
    </>
  )
}
