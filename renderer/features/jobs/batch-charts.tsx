import type { BatchSummary } from '../../../shared/features/jobs.ts'
import { TimeChart } from '../../ui/chart/chart.tsx'
import { duration, rate } from '../../ui/format.ts'

interface BatchChartsProps {
  /** The oldest first. */
  batches: readonly BatchSummary[]
  triggerMs: number
  fromMs: number
  toMs: number
}

const HEIGHT = 150

/**
 * Whether the query keeps up: what comes in against what it can process, and the time of a batch against its trigger.
 */
export function BatchCharts({ batches, triggerMs, fromMs, toMs }: BatchChartsProps) {
  const line = (name: string, value: (batch: BatchSummary) => number) => ({
    name,
    points: batches.map((batch): [number, number] => [Date.parse(batch.committedAt), value(batch)]),
  })
  return (
    <div className="columns-even">
      <TimeChart
        label="Input and processing rate"
        source="the query's progress"
        unit="rows/s"
        fromMs={fromMs}
        toMs={toMs}
        height={HEIGHT}
        format={perSecond}
        lines={[
          line('input rate', batch => batch.inputRowsPerSecond),
          line('processing rate', batch => batch.processedRowsPerSecond),
        ]}
      />
      <TimeChart
        label="Batch duration"
        source="trigger to commit, the query's progress"
        unit="time per batch"
        fromMs={fromMs}
        toMs={toMs}
        height={HEIGHT}
        format={duration}
        limit={{ name: `trigger ${duration(triggerMs)}`, value: triggerMs }}
        lines={[line('duration', batch => batch.batchDurationMs)]}
      />
    </div>
  )
}

const perSecond = (value: number): string => `${rate(value)}/s`
