import { monitoringOperation } from '../enhanced-monitoring.ts'

export const disableEnhancedMonitoring = monitoringOperation('DisableEnhancedMonitoring', (current, named) =>
  current.filter(metric => !named.includes(metric)),
)
