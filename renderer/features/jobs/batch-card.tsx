import type { QueryProgress } from '../../../shared/job/progress.ts'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { capital, useWords } from '../../live/use-pipeline.ts'
import { Ago, Figure } from '../../ui/figure.tsx'
import { absolute, bytes, count, duration, rate } from '../../ui/format.ts'
import { type Column, Table } from '../../ui/table/table.tsx'
import { Phases } from './phases.tsx'

type EndOffset = NonNullable<QueryProgress['sources'][number]>['endOffset'][string] & { id: string }

const offsetsOf = (words: SourceWords): readonly Column<EndOffset>[] => [
  {
    id: 'partition',
    header: capital(words.partition),
    cell: offset => (
      <>
        {offset.id} <span className="note">{offset.position}</span>
      </>
    ),
  },
  {
    id: 'records',
    header: 'Records before it',
    align: 'end',
    cell: offset => `${count(offset.records)} records, ${bytes(offset.bytes)}`,
  },
]

/** The query's newest trigger. */
export function BatchCard({ progress }: { progress: QueryProgress }) {
  const words = useWords()
  const { counts, committedAt, engine } = progress.sluice
  const at = Date.parse(committedAt)
  const duplicates = counts.duplicatesInBatch + counts.duplicatesMatched
  const watermark = progress.eventTime.watermark
  return (
    <section className="card">
      <div className="card-head">
        <h2>
          {hasRead(progress)
            ? `${progress.numInputRows === 0 ? 'Idle after batch' : 'Batch'} ${count(progress.batchId)}`
            : 'Idle, no batch yet'}
        </h2>
        <span className="note">
          {progress.name}, {engine} engine, <Ago ms={at} />
        </span>
      </div>
      <div className="figures">
        <Figure label="Input rate" value={rate(progress.inputRowsPerSecond)} unit="rows/s" source="of this trigger" />
        <Figure
          label="Processing rate"
          value={rate(progress.processedRowsPerSecond)}
          unit="rows/s"
          source="of this trigger"
          state={
            progress.numInputRows > 0 && progress.processedRowsPerSecond < progress.inputRowsPerSecond
              ? 'warning'
              : undefined
          }
        />
        <Figure label="Duration" value={duration(progress.batchDuration)} source="trigger to commit" />
        <Figure
          label="Watermark"
          value={watermark ? absolute(Date.parse(watermark)).slice(5, 16) : undefined}
          unit="UTC"
          source="event time; older events are late"
        />
        <Figure label="Read" value={count(counts.read)} unit="rows" source="of the batch" />
        <Figure
          label="Loaded"
          value={count(counts.loaded)}
          unit="rows"
          source={duplicates === 1 ? '1 duplicate' : `${count(duplicates)} duplicates`}
        />
        <Figure label="Invalid" value={count(counts.invalid)} unit="rows" source="in quarantine" />
        <Figure label="Late" value={count(counts.late)} unit="rows" source="in quarantine" />
      </div>
      <Phases durationMs={progress.durationMs} />
      <details>
        <summary className="note">End offset by {words.partition}</summary>
        <Table
          variant="list"
          label={`End offset by ${words.partition}`}
          rows={Object.entries(progress.sources[0]?.endOffset ?? {}).map(([id, end]) => ({ id, ...end }))}
          columns={offsetsOf(words)}
          keyOf={({ id }) => id}
          empty="None yet."
        />
      </details>
    </section>
  )
}

/**
 * Whether any record is behind its positions: the progress of a query that waits for its first one has a batch id, too.
 */
export const hasRead = ({ batchId, sources: [source] }: QueryProgress): boolean =>
  batchId > 0 || Object.values(source?.endOffset ?? {}).some(position => position.records > 0)
