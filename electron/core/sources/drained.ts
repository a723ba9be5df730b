import type { PartitionPosition } from '../../../shared/job/progress.ts'
import type { Positions } from './source.ts'

/** Whether a query has read a partition to its end, which comes of being closed. False of one that it has not begun. */
export const isDrained = (positions: Positions, at: PartitionPosition | undefined): boolean =>
  at !== undefined && positions.parse(at.position) === positions.end
