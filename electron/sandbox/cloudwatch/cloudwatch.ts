import type { SandboxService } from '../server/exchange.ts'
import { jsonService } from '../server/json-protocol.ts'
import { getMetricData } from './operations/get-metric-data.ts'
import { getMetricStatistics } from './operations/get-metric-statistics.ts'
import { listMetrics } from './operations/list-metrics.ts'
import type { CloudWatchState } from './state.ts'

/**
 * CloudWatch for the metrics of the streams. The running minute is included; AWS publishes it a minute or two later.
 */
export const createCloudWatch = (state: CloudWatchState): SandboxService =>
  jsonService({
    signingName: 'monitoring',
    targetPrefix: 'GraniteServiceVersion20100801',
    state,
    operations: [getMetricData, getMetricStatistics, listMetrics],
    limitBytes: 1024 * 1024,
  })
