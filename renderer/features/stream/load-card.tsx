import type { StreamDescription } from '../../../shared/features/stream.ts'
import { useWords } from '../../live/use-pipeline.ts'
import { bytes, count, rate } from '../../ui/format.ts'
import { shortId } from './lag-words.ts'
import type { PartitionRow } from './partition-rows.ts'

/** Partitions beyond this have no room for their names. */
const NAMED_PARTITIONS = 32

interface LoadCardProps {
  limits: StreamDescription['writeLimits'] | undefined
  open: readonly PartitionRow[]
  chosen: string | undefined
  onChoose: (partition: string) => void
}

/** How full each open partition is, as wide as its share of the keys. */
export function LoadCard({ limits, open, chosen, onChoose }: LoadCardProps) {
  const words = useWords()
  return (
    <section className="card">
      <div className="card-head">
        <h2>Write load by {words.partition}</h2>
        <span className="note">
          {limits &&
            `share of ${count(limits.recordsPerSecond)} records/s or ${bytes(limits.bytesPerSecond)}/s, ` +
              'last ten seconds; '}
          select a {words.partition} to see its lag and records
        </span>
      </div>
      {open.length === 0 ? (
        <p className="note">No {words.partitions}: the stream does not exist yet.</p>
      ) : (
        <div className="heat" data-many={open.length > NAMED_PARTITIONS}>
          {open.map(row => (
            <button
              key={row.id}
              type="button"
              aria-pressed={row.id === chosen}
              title={
                `${row.id}: ` +
                `${row.receivedPerSecond === undefined ? 'not known yet' : `${rate(row.receivedPerSecond)} records/s`}`
              }
              style={{
                background:
                  `color-mix(in srgb, var(--accent) ${Math.round(Math.min(1, row.writeShare ?? 0) * 70)}%, ` +
                  'var(--surface))',
                flexGrow: Math.max(0.05, row.keys?.share ?? 1 / open.length),
              }}
              onClick={() => onChoose(row.id)}
            >
              {open.length <= NAMED_PARTITIONS && (
                <>
                  {shortId(row.id, words)}
                  <br />
                  {row.writeShare === undefined ? '–' : `${Math.round(row.writeShare * 100)} %`}
                </>
              )}
            </button>
          ))}
        </div>
      )}
    </section>
  )
}
