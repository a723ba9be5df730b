import type { StreamMetrics } from '../kinesis/metrics.ts'

/** What the operations of CloudWatch see. */
export interface CloudWatchState {
  streams: StreamMetrics
  now: () => number
}
