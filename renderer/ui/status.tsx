import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { ReactNode } from 'react'

export type StatusType = StatusIndicatorProps.Type

/** A state in a colour, a shape and words. Sentences break between their words, which the design system's do not. */
export function Status({ type, children }: { type: StatusType; children: ReactNode }) {
  return (
    <StatusIndicator type={type}>
      <span className="status-words">{children}</span>
    </StatusIndicator>
  )
}
