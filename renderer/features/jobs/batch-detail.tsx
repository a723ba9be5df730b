import Button from '@cloudscape-design/components/button'
import { lazy, Suspense, useCallback, useState } from 'react'
import type { BatchDetail } from '../../../shared/features/jobs.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useHidden } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { changeQuery, linkTo } from '../../route/route.ts'
import { absolute, bytes, count, duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { Phases } from './phases.tsx'

const Grid = lazy(async () => ({ default: (await import('../../ui/table/grid.tsx')).Grid }))
/** Rows of the batch that are fetched at most. */
const ROWS = 10_000

/** One batch: what it read of each shard, what it left in S3, and its rows in the warehouse. */
export function BatchDetailCard({ batchId }: { batchId: number }) {
  const ask = useCallback(
    (services: Services, scope: PipelineScope, signal: AbortSignal) =>
      services.jobs.batch({ ...scope, batchId }, signal),
    [batchId],
  )
  const detail = useCall(ask)
  return (
    <section className="card" aria-label={`Batch ${batchId}`}>
      <div className="card-head">
        <h2>Batch {count(batchId)}</h2>
        {detail.value && (
          <span className="note">committed {absolute(Date.parse(detail.value.summary.committedAt))}</span>
        )}
        <Button variant="inline-link" onClick={() => changeQuery({ batch: undefined })}>
          Close
        </Button>
      </div>
      {detail.state === 'loading' && !detail.value && (
        <p className="note">Reading its progress, its files and its quarantine.</p>
      )}
      {detail.state === 'failed' && <Problem error={detail.error} retry={detail.reload} />}
      {detail.value && <Detail detail={detail.value} />}
    </section>
  )
}

function Detail({ detail }: { detail: BatchDetail }) {
  const { summary, shards, files, quarantined } = detail
  const hidden = useHidden()
  return (
    <>
      <p className="note">
        {count(summary.counts.read)} rows in {duration(summary.batchDurationMs)} on the {summary.engine} engine
      </p>
      <Phases durationMs={summary.durationMs} />
      <h3>Records</h3>
      <table className="ledger">
        <tbody>
          {shards.map(shard => (
            <tr key={shard.shardId}>
              <th scope="row">
                <a href={linkTo('stream', { shard: shard.shardId, after: shard.after })}>{shard.shardId}</a>{' '}
                <span className="note">
                  behind {shard.after}, up to {shard.upTo}
                </span>
              </th>
              <td>
                {count(shard.records)} records, {bytes(shard.bytes)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>Files</h3>
      {files.length === 0 ? (
        <p className="note">None left: staged files are kept for the last hundred batches.</p>
      ) : (
        <table className="ledger">
          <tbody>
            {files.map(file => (
              <tr key={file.location}>
                <th scope="row">
                  {file.kind} <span className="note">{hidden(file.location)}</span>
                </th>
                <td>{bytes(file.sizeBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {quarantined.length > 0 && (
        <>
          <h3>Quarantined</h3>
          <table className="ledger quarantined">
            <tbody>
              {quarantined.map(line => (
                <tr key={`${line.kind}${line.sequenceNumber}`}>
                  <th scope="row">
                    {line.reason === line.kind ? line.kind : `${line.kind}: ${line.reason}`}{' '}
                    <span className="note">{line.shardId}</span>
                  </th>
                  <td>
                    <code>{line.text}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <Rows sql={detail.rowsSql} />
    </>
  )
}

function Rows({ sql }: { sql: string }) {
  const [wanted, setWanted] = useState(false)
  return (
    <>
      <h3>Rows</h3>
      {wanted ? <Fetched sql={sql} /> : <Button onClick={() => setWanted(true)}>Show its rows</Button>}
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
  if (!rows.value) return <p className="note">Asking the warehouse.</p>
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
