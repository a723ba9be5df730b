import { monitoringOperation } from '../enhanced-monitoring.ts'

export const enableEnhancedMonitoring = monitoringOperation('EnableEnhancedMonitoring', (current, named) => [
  ...new Set([...current, ...named]),
])
