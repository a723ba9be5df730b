import { useMemo } from 'react'
import { lagPoints, type Sample } from '../../live/samples.ts'
import { useSamples } from '../../live/use-samples.ts'
import { showRange } from '../../route/range.ts'
import { RangeBar } from '../../route/range-bar.tsx'
import { TimeChart } from '../../ui/chart/chart.tsx'
import type { Line } from '../../ui/chart/chart-points.ts'
import { count } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { shortId } from './lag-words.ts'
import type { ShardRow } from './shard-rows.ts'

/** The lag of each shard that is read, or will be, over the chosen time. */
export function LagChart({ rows, chosen }: { rows: readonly ShardRow[]; chosen: string | undefined }) {
  const { samples, fromMs, toMs, error } = useSamples()
  /** Closed shards until they are drained, too. */
  const shown = rows
    .filter(row => row.state === 'open' || row.state === 'draining')
    .map(row => row.id)
    .join(' ')
  const lines = useLagLines(samples, shown, chosen)
  return (
    <section className="card">
      <div className="card-head">
        <h2>Lag by shard</h2>
        <RangeBar />
      </div>
      {error && <Problem error={error} />}
      <TimeChart
        label={chosen ? `Consumer lag of ${chosen}` : 'Consumer lag'}
        source="received less committed offset, at each commit"
        unit="records"
        fromMs={fromMs}
        toMs={toMs}
        height={170}
        format={count}
        onRange={showRange}
        lines={lines}
      />
    </section>
  )
}

/** More lines than this cannot be distinguished by their colour. */
const COLOURED_LINES = 6

/** The lag of each of the shards, as lines. */
function useLagLines(samples: readonly Sample[], shards: string, chosen: string | undefined): Line[] {
  return useMemo(() => {
    const ids = shards === '' ? [] : shards.split(' ')
    return ids.map(id => ({
      name: shortId(id),
      emphasis: ids.length <= COLOURED_LINES || id === chosen ? 'plain' : 'quiet',
      ...lagPoints(samples, sample => sample.shards[id]),
    }))
  }, [samples, shards, chosen])
}
