import type { Lag, PartitionLag } from '../../../shared/features/lag.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import { type Session, take, takeEach } from './session.ts'
import { bytes, count, duration, table } from './text.ts'

/** Two batches of a query with a trigger of a second, and some room. */
const READINGS = 6

/** The lag now; when something waits, after so many readings that rates and trend are known. */
export async function lagWithTrend(session: Session, scope: PipelineScope): Promise<Lag> {
  let lag = take(await session.lag.now(scope))
  if (lag.total.behindRecords === 0) return lag
  let readings = 0
  for await (const next of takeEach(session.lag.watch({ ...scope, everyMs: 1_000 }))) {
    lag = next
    if (++readings === READINGS || lag.total.behindRecords === 0) break
  }
  return lag
}

const some = (value: number | null, text: (value: number) => string): string => (value === null ? '–' : text(value))
const perSecond = (value: number | null): string => some(value, rate => `${count(rate)}/s`)

/** `4.2 s`; `up to 4.2 s`, `3.1 s to 4.2 s` where it may be less. */
function age({ behindMs, behindWithinMs }: Pick<PartitionLag, 'behindMs' | 'behindWithinMs'>): string {
  if (behindMs === null) return '–'
  if (behindWithinMs === null) return `over ${duration(behindMs)}`
  // A tenth of it is not worth a word.
  if (behindWithinMs <= behindMs / 10) return duration(behindMs)
  return behindWithinMs === behindMs
    ? `up to ${duration(behindMs)}`
    : `${duration(behindMs - behindWithinMs)} to ${duration(behindMs)}`
}

const stateText = (partition: PartitionLag): string =>
  partition.waitsFor.length > 0 ? `waits for ${partition.waitsFor.join(', ')}` : partition.state

const caughtUp = (lag: Pick<Lag, 'catchUpSeconds' | 'trendRecordsPerSecond'>): string =>
  lag.catchUpSeconds !== null
    ? `caught up in ${duration(lag.catchUpSeconds * 1_000)}`
    : lag.trendRecordsPerSecond === null
      ? 'no trend yet'
      : 'never at this rate'

/** What `sluice lag` prints. */
export function lagLines(lag: Lag): string[] {
  const { total, advice } = lag
  return [
    ...table([
      [lag.words.partition, 'state', 'behind', 'records', 'bytes', 'in', 'trend', 'read'],
      ...lag.partitions.map(partition => [
        partition.partitionId,
        stateText(partition),
        age(partition),
        some(partition.behindRecords, count),
        bytes(partition.behindBytes),
        perSecond(partition.incomingRecordsPerSecond),
        perSecond(partition.trendRecordsPerSecond),
        count(partition.readRecords),
      ]),
    ]),
    `${lag.consumer}: ${age(total)} behind, ${some(total.behindRecords, count)} records, ${bytes(total.behindBytes)}; ${
      total.behindRecords === 0 ? 'nothing to catch up' : caughtUp(lag)
    }`,
    ...commitLine(total),
    ...(advice.limit === 'none' || advice.limit === 'unknown' ? [] : [advice.sentence]),
    ...retentionLines(lag),
    ...lag.gaps.map(
      gap =>
        `${gap.partitionId}: records that arrived between ${gap.from ?? 'an unknown time'} and ${gap.until} expired ` +
        'before they were read; how many is not known',
    ),
    ...lag.sources.map(source => `from ${source.name}${source.estimated ? ' (estimated)' : ''} at ${source.at}`),
  ]
}

/** Records wait for the next batch all the time: what a query that keeps up leaves behind at its commits is its lag. */
const commitLine = ({ atCommitRecords, beforeCommitRecords }: Lag['total']): string[] =>
  atCommitRecords === null || beforeCommitRecords === null
    ? []
    : [`at the last commit: ${count(atCommitRecords)} records behind, ${count(beforeCommitRecords)} just before it`]

function retentionLines({ total, retentionHours }: Lag): string[] {
  const lost = total.lostRecords
    ? [
        `lost: about ${count(total.lostRecords)} records (${bytes(total.lostBytes)}) were older than the ` +
          `retention of ${retentionHours} h before they were read`,
      ]
    : []
  return total.retentionLeftMs === null
    ? lost
    : [
        ...lost,
        `retention of ${retentionHours} h takes the oldest of them in ${duration(total.retentionLeftMs)} if it ` +
          'is not read',
      ]
}
