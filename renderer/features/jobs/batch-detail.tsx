import Button from '@cloudscape-design/components/button'
import { useCallback } from 'react'
import type { BatchDetail } from '../../../shared/features/jobs.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { useHidden } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { changeQuery, linkTo } from '../../route/route.ts'
import { absolute, bytes, count, duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'
import { BatchRows } from './batch-rows.tsx'
import { Phases } from './phases.tsx'

/** One batch: what it read of each partition, what it left in S3, and its rows in the warehouse. */
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

/** CSS pixels. */
const QUARANTINED_HEIGHT = 360

function Detail({ detail }: { detail: BatchDetail }) {
  const words = useWords()
  const { summary, partitions, files, quarantined } = detail
  return (
    <>
      <p className="note">
        {count(summary.counts.read)} rows in {duration(summary.batchDurationMs)} on the {summary.engine} engine
      </p>
      <Phases durationMs={summary.durationMs} />
      <h3>Records</h3>
      <Table
        variant="list"
        label={`Records of the batch by ${words.partition}`}
        rows={partitions}
        columns={partitionsOf(words)}
        keyOf={({ partitionId }) => partitionId}
        empty="No records."
      />
      <h3>Files</h3>
      <Table
        variant="list"
        label="Files of the batch"
        rows={files}
        columns={FILES}
        keyOf={({ location }) => location}
        empty="None left: staged files are kept for the last hundred batches."
      />
      {quarantined.length > 0 && (
        <>
          <h3>Quarantined</h3>
          <Table
            variant="list"
            label="Quarantined records of the batch"
            maxHeight={QUARANTINED_HEIGHT}
            rows={quarantined}
            columns={QUARANTINED}
            keyOf={line => `${line.kind}${line.offset}`}
            empty="None."
          />
        </>
      )}
      <BatchRows sql={detail.rowsSql} />
    </>
  )
}

const partitionsOf = (words: SourceWords): readonly Column<BatchDetail['partitions'][number]>[] => [
  {
    id: 'partition',
    header: capital(words.partition),
    cell: partition => (
      <>
        <a href={linkTo('stream', linkOf(partition))}>{partition.partitionId}</a>{' '}
        <span className="note">
          after {partition.after}, up to {partition.upTo}
        </span>
      </>
    ),
  },
  {
    id: 'records',
    header: 'Records',
    align: 'end',
    cell: partition => `${count(partition.records)} records, ${bytes(partition.bytes)}`,
  },
]

/** Where its records begin in the record viewer; at the oldest where none is before it. */
const linkOf = ({ partitionId, afterOffset }: BatchDetail['partitions'][number]): Record<string, string> => ({
  partition: partitionId,
  ...(afterOffset !== null && { after: afterOffset }),
})

const FILES: readonly Column<BatchDetail['files'][number]>[] = [
  {
    id: 'file',
    header: 'File',
    cell: file => (
      <>
        {file.kind} <Location location={file.location} />
      </>
    ),
  },
  { id: 'size', header: 'Size', align: 'end', cell: file => bytes(file.sizeBytes) },
]

function Location({ location }: { location: string }) {
  return <span className="note">{useHidden()(location)}</span>
}

const QUARANTINED: readonly Column<BatchDetail['quarantined'][number]>[] = [
  {
    id: 'reason',
    header: 'Reason',
    width: 190,
    cell: line => (
      <>
        {line.reason === line.kind ? line.kind : `${line.kind}: ${line.reason}`}{' '}
        <span className="note">{line.partitionId}</span>
      </>
    ),
  },
  { id: 'record', header: 'Record', wrap: 'anywhere', cell: line => <code>{line.text}</code> },
]
