import type { Lag, PartitionLag } from '../../../shared/features/lag.ts'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import { count, duration, rate } from '../../ui/format.ts'

/** A trigger, a commit and a little: behind by less is normal for a job that keeps up. */
const KEEPS_UP_MS = 5_000
/** Less than this a second is the noise of counting. */
const FLAT_PER_SECOND = 1
/** An uncertainty below this part of the whole is not worth a word. */
const NOTED_PART = 0.1

/** `shard 4` of an id whose number is padded; an id as it is where there is no such. */
export function shortId(id: string, { idPrefix, partition }: SourceWords): string {
  const number = id.startsWith(idPrefix) ? id.slice(idPrefix.length) : ''
  return /^\d+$/.test(number) ? `${partition} ${Number(number)}` : id
}

/** `4.2 s`; `≤ 4.2 s` where the truth may be less by more than a little. */
export function ageText({ behindMs, behindWithinMs }: Pick<PartitionLag, 'behindMs' | 'behindWithinMs'>): string {
  if (behindMs === null) return '–'
  if (behindWithinMs === null) return `≥ ${duration(behindMs)}`
  return behindWithinMs > behindMs * NOTED_PART ? `≤ ${duration(behindMs)}` : duration(behindMs)
}

/** What `ageText` leaves out. */
export function ageTitle({ behindMs, behindWithinMs }: Pick<PartitionLag, 'behindMs' | 'behindWithinMs'>): string {
  if (behindMs === null) return 'Not known: neither the reader nor the count of the stream has it.'
  if (behindMs === 0) return 'No records behind.'
  if (behindWithinMs === null) return `The oldest record not committed is ${duration(behindMs)} old, or older.`
  return behindWithinMs === 0
    ? `The oldest record not committed is ${duration(behindMs)} old.`
    : `The oldest record not committed is ${duration(behindMs - behindWithinMs)} to ${duration(behindMs)} old.`
}

export const trendText = (perSecond: number | null): string =>
  perSecond === null
    ? '–'
    : Math.abs(perSecond) < FLAT_PER_SECOND
      ? 'steady'
      : `${perSecond > 0 ? '+' : '−'}${rate(Math.abs(perSecond))}/s`

/** When it is caught up at its trend, of a partition or of all. */
export function catchUpText(lag: {
  behindMs: number | null
  catchUpSeconds: number | null
  trendPerSecond: number | null
}): string {
  if (lag.behindMs === null) return '–'
  if (lag.behindMs < KEEPS_UP_MS) return 'keeps up'
  if (lag.catchUpSeconds !== null) return `in ${duration(lag.catchUpSeconds * 1_000)}`
  return lag.trendPerSecond === null ? '–' : 'never'
}

/** How long until the oldest record that is not committed expires, or how many have expired. */
export function retentionText({ total }: Lag): string {
  if (total.lostRecords) return `${count(total.lostRecords)} expired`
  if (total.retentionLeftMs === null) return 'no lag'
  return `in ${duration(total.retentionLeftMs)}`
}

/** Retention is near when less than a quarter of it is left. */
export function retentionState({ total, retentionHours }: Lag): 'bad' | 'warning' | undefined {
  if (total.lostRecords) return 'bad'
  return total.retentionLeftMs !== null && total.retentionLeftMs < (retentionHours * 3_600_000) / 4
    ? 'warning'
    : undefined
}
