import { SHARD_LIMITS } from '../../../shared/kinesis-limits.ts'
import { count, rate } from '../../ui/format.ts'
import { shortId } from './lag-words.ts'
import type { ShardRow } from './shard-rows.ts'

/** Shards beyond this have no room for their names. */
const NAMED_SHARDS = 32

interface LoadCardProps {
  open: readonly ShardRow[]
  chosen: string | undefined
  onChoose: (shard: string) => void
}

/** How full each open shard is, as wide as its share of the keys. */
export function LoadCard({ open, chosen, onChoose }: LoadCardProps) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>Write load by shard</h2>
        <span className="note">
          share of {count(SHARD_LIMITS.writeRecordsPerSecond)} records/s or 1 MiB/s, last ten seconds; select a shard to
          see its lag and records
        </span>
      </div>
      {open.length === 0 ? (
        <p className="note">No shards: the stream does not exist yet.</p>
      ) : (
        <div className="heat" data-many={open.length > NAMED_SHARDS}>
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
                flexGrow: Math.max(0.05, row.keyShare),
              }}
              onClick={() => onChoose(row.id)}
            >
              {open.length <= NAMED_SHARDS && (
                <>
                  {shortId(row.id)}
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
