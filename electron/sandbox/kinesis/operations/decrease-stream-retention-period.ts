import { retentionPeriodOperation } from '../retention-period.ts'

export const decreaseStreamRetentionPeriod = retentionPeriodOperation('DecreaseStreamRetentionPeriod', 'decrease')
