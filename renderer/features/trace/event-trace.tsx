import { useCallback } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { Trace } from '../../../shared/features/trace.ts'
import type { Result } from '../../../shared/rpc/contract.ts'
import { useCall } from '../../live/use-call.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { linkTo } from '../../route/route.ts'
import { duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { Moments } from './moments.tsx'

/** All that is known of the event of a key. */
export function EventTrace({ eventKey }: { eventKey: string }) {
  const trace = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal): Promise<Result<Trace>> =>
        services.trace.find({ ...scope, key: eventKey }, signal),
      [eventKey],
    ),
  )
  if (trace.state === 'failed') return <Problem error={trace.error} retry={trace.reload} />
  if (!trace.value) return <section className="card note">Searching stream, checkpoint and warehouse.</section>
  const { row, record, batch, missing } = trace.value
  return (
    <>
      <Moments trace={trace.value} />
      {missing.length > 0 && (
        <section className="card">
          <h2>Not known</h2>
          <ul className="note">
            {missing.map(words => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </section>
      )}
      <div className="columns-2">
        {record && <RecordCard record={record} batch={batch} />}
        {row && <RowCard row={row} />}
      </div>
    </>
  )
}

function RecordCard({ record, batch }: { record: NonNullable<Trace['record']>; batch: Trace['batch'] }) {
  const words = useWords()
  return (
    <section className="card">
      <h2>Record</h2>
      <dl className="facts">
        <dt>{capital(words.partition)}</dt>
        <dd>
          <a href={linkTo('stream', { partition: record.partitionId })}>{record.partitionId}</a>
        </dd>
        <dt>{capital(words.offset)}</dt>
        <dd>
          <code>{record.offset}</code>
        </dd>
        <dt>Partition key</dt>
        <dd>
          <code>{record.partitionKey}</code>
        </dd>
        {batch && (
          <>
            <dt>Batch</dt>
            <dd>
              {batch.id} on {batch.engine === 'spark' ? 'Spark' : 'the embedded engine'}, {batch.rows} rows in{' '}
              {duration(batch.durationMs)}
            </dd>
          </>
        )}
      </dl>
      <pre className="log">{pretty(record.data)}</pre>
    </section>
  )
}

function RowCard({ row }: { row: NonNullable<Trace['row']> }) {
  return (
    <section className="card">
      <h2>Row of {row.table}</h2>
      <dl className="facts">
        {row.columns.map((column, index) => (
          <div key={column.name}>
            <dt>{column.name}</dt>
            <dd>{row.values[index] === null ? <em>null</em> : String(row.values[index])}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function pretty(data: string): string {
  try {
    return JSON.stringify(JSON.parse(data), null, 2)
  } catch (error) {
    if (error instanceof SyntaxError) return data
    throw error
  }
}
