import { retentionPeriodOperation } from '../retention-period.ts'

export const increaseStreamRetentionPeriod = retentionPeriodOperation('IncreaseStreamRetentionPeriod', 'increase')
