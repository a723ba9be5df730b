import { useMemo } from 'react'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { lagPoints, type Sample } from '../../live/samples.ts'
import { useWords } from '../../live/use-pipeline.ts'
import { useSamples } from '../../live/use-samples.ts'
import { showRange } from '../../route/range.ts'
import { RangeBar } from '../../route/range-bar.tsx'
import { TimeChart } from '../../ui/chart/chart.tsx'
import type { Line } from '../../ui/chart/chart-points.ts'
import { count } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { shortId } from './lag-words.ts'
import type { PartitionRow } from './partition-rows.ts'

/** The lag of each partition that is read, or will be, over the chosen time. */
export function LagChart({ rows, chosen }: { rows: readonly PartitionRow[]; chosen: string | undefined }) {
  const { samples, fromMs, toMs, error } = useSamples()
  /** Closed partitions until they are drained, too. */
  const shown = rows
    .filter(row => row.state === 'open' || row.state === 'draining')
    .map(row => row.id)
    .join(' ')
  const words = useWords()
  const lines = useLagLines(samples, { shown, chosen, words })
  return (
    <section className="card">
      <div className="card-head">
        <h2>Lag by {words.partition}</h2>
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

/** The lag of each of the partitions, as lines. */
function useLagLines(
  samples: readonly Sample[],
  { shown, chosen, words }: { shown: string; chosen: string | undefined; words: SourceWords },
): Line[] {
  return useMemo(() => {
    const ids = shown === '' ? [] : shown.split(' ')
    return ids.map(id => ({
      name: shortId(id, words),
      emphasis: ids.length <= COLOURED_LINES || id === chosen ? 'plain' : 'quiet',
      ...lagPoints(samples, sample => sample.partitions[id]),
    }))
  }, [samples, shown, chosen, words])
}
