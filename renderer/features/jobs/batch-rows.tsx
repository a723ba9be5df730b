import Button from '@cloudscape-design/components/button'
import { lazy, Suspense, useCallback, useState } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { linkTo } from '../../route/route.ts'
import { count } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'

const Grid = lazy(async () => ({ default: (await import('../../ui/table/grid.tsx')).Grid }))
/** Rows of the batch that are fetched at most. */
const ROWS = 10_000

/** The rows of a batch in the warehouse, when they are asked for. */
export function BatchRows({ sql }: { sql: string }) {
  const [wanted, setWanted] = useState(false)
  return (
    <>
      <h3>Rows</h3>
      {wanted ? <Fetched sql={sql} /> : <Button onClick={() => setWanted(true)}>Show rows</Button>}
      <p className="note">
        <a href={linkTo('warehouse', { sql })}>{sql}</a>
      </p>
    </>
  )
}

function Fetched({ sql }: { sql: string }) {
  const ask = useCallback(
    (services: Services, scope: PipelineScope, signal: AbortSignal) =>
      services.warehouse.query({ ...scope, sql, maxRows: ROWS }, signal),
    [sql],
  )
  const rows = useCall(ask)
  if (rows.state === 'failed') return <Problem error={rows.error} retry={rows.reload} />
  if (!rows.value) return <p className="note">Running the query.</p>
  return (
    <>
      <p className="note">
        {count(rows.value.rows.length)} of {count(rows.value.totalRows)} rows
      </p>
      <Suspense fallback={null}>
        <Grid
          label="Rows of the batch"
          columns={rows.value.columns}
          rows={rows.value.rows}
          height={Math.min(420, 70 + rows.value.rows.length * 30)}
        />
      </Suspense>
    </>
  )
}
