import type { Advice, AdviceFigure } from '../../../shared/features/lag.ts'
import { inRecords, type QueryProgress, recordsOf } from '../../../shared/job/progress.ts'
import { age } from '../say.ts'
import type { CalledWords, ReadLimits, ThrottledReads } from '../sources/source.ts'

/** What advice is based on: measured, or set in the spec. */
export interface AdviceInputs {
  behindMs: number | null
  behindRecords: number | null
  behindBytes: number | null
  incomingRecordsPerSecond: number | null
  incomingBytesPerSecond: number | null
  openPartitions: number
  triggerMs: number
  maxRecordsPerBatch: number
  progress: Pick<QueryProgress, 'numInputRows' | 'batchDuration' | 'processedRowsPerSecond' | 'sluice'> | undefined
  nowMs: number
  source: { words: CalledWords; limits: ReadLimits }
  /** Asked only when reading is the limit; undefined before. */
  throttledReads?: ThrottledReads | undefined
}

/** What has piled up should be gone within this, if there is anything to choose. */
export const CATCH_UP_SECONDS = 600
/** Behind by three triggers, but not less than five seconds, is normal for a query that keeps up. */
export const keepsUpMs = (triggerMs: number): number => Math.max(5_000, 3 * triggerMs)
/** A batch this full was cut by its greatest size. */
const FULL = 0.95
/** A query that works for less of its trigger than this waits for the next one. */
const BUSY = 0.9
/** A query that reported no trigger for so many of them does not run. */
const SILENT_TRIGGERS = 5
const SILENT_MS = 10_000

/** The greatest batch that is needed at a rate (records/s) when one begins at every trigger. */
export const batchSizeFor = (perSecond: number, triggerMs: number): number => Math.ceil((perSecond * triggerMs) / 1_000)

/** How many partitions give so many bytes a second to one reader that is alone on them. */
export const partitionsForReading = (bytesPerSecond: number, limits: ReadLimits): number =>
  Math.max(1, Math.ceil(bytesPerSecond / limits.bytesPerSecond))

/** What keeps the query from catching up, by what its last batch was like; see `Advice`. */
export function adviseOn(inputs: AdviceInputs): Advice {
  const { behindMs, behindRecords, progress, triggerMs, maxRecordsPerBatch, nowMs } = inputs
  const { words } = inputs.source
  const incoming = inputs.incomingRecordsPerSecond
  const nothing: Advice = {
    limit: 'unknown',
    sentence: 'Not measured yet.',
    capacityPerSecond: null,
    partitionsNeeded: null,
    batchSizeNeeded: null,
    figures: [],
  }
  if (behindRecords === 0 || (behindMs !== null && behindMs <= keepsUpMs(triggerMs)))
    return { ...nothing, limit: 'none', sentence: behindRecords === 0 ? 'Nothing waits.' : 'It keeps up.' }
  const silentMs = progress && nowMs - Date.parse(progress.sluice.committedAt)
  if (
    !progress ||
    silentMs === undefined ||
    silentMs > Math.max(SILENT_MS, SILENT_TRIGGERS * triggerMs, 3 * progress.batchDuration)
  ) {
    return {
      ...nothing,
      limit: 'stopped',
      sentence: progress
        ? `The query has reported no trigger for ${age(silentMs ?? 0)}: it works on a long batch, hangs, or does ` +
          'not run. Until it does, everything that arrives waits.'
        : 'The query has never reported a trigger. Everything that arrives waits.',
      figures: progress
        ? [figure('since the last trigger', silentMs ?? 0, 'ms', 'progress of the streaming query')]
        : [],
    }
  }
  const { batchDuration: workedMs } = progress
  const records = recordsOf(progress)
  /** What arrives is counted in records of the stream, so what is processed is, too. */
  const processing = inRecords(progress.processedRowsPerSecond, progress)
  const figures = [
    ...(incoming === null ? [] : [figure('arrives', incoming, 'records/s', 'CloudWatch, the last ten seconds')]),
    figure('last batch', records, 'records', 'progress of the streaming query'),
    figure('took', workedMs, 'ms', 'progress of the streaming query'),
    figure('processes', processing, 'records/s', 'progress of the streaming query'),
    figure('batch size', maxRecordsPerBatch, 'records', 'pipeline spec'),
    figure('trigger', triggerMs, 'ms', 'pipeline spec'),
  ]
  if (progress.numInputRows === 0 || incoming === null || behindRecords === null) return { ...nothing, figures }
  /** What it has to commit a second to have caught up in ten minutes. */
  const wanted = incoming + behindRecords / CATCH_UP_SECONDS
  const isFull = records >= FULL * maxRecordsPerBatch
  const waitsForTrigger = workedMs < BUSY * triggerMs
  if (isFull && waitsForTrigger) {
    const capacityPerSecond = (maxRecordsPerBatch * 1_000) / triggerMs
    const size = batchSizeFor(wanted, triggerMs)
    const most = Math.floor((processing * triggerMs) / 1_000)
    const next =
      size > most
        ? `; at the measured ${whole(processing)} records/s they would take longer than the trigger, ` +
          'so processing is the next limit'
        : ''
    return {
      ...nothing,
      limit: 'batch-size',
      capacityPerSecond,
      batchSizeNeeded: size > maxRecordsPerBatch ? size : null,
      sentence: [
        `The batch size is the limit: ${whole(maxRecordsPerBatch)} records at every trigger of ${seconds(triggerMs)} ` +
          `are ${whole(capacityPerSecond)} a second, ${compared(capacityPerSecond, incoming)}.`,
        size <= maxRecordsPerBatch ? ENOUGH : `Batches of ${whole(size)} would catch up within ten minutes${next}.`,
        `More ${words.partitions} would not help.`,
      ].join(' '),
      figures,
    }
  }
  if (isFull || !waitsForTrigger) {
    const times = wanted / processing
    return {
      ...nothing,
      limit: 'processing',
      capacityPerSecond: processing,
      sentence: [
        `Processing is the limit: the last batch of ${whole(records)} records took ${seconds(workedMs)} ` +
          `against a trigger of ${seconds(triggerMs)}, ${whole(processing)} records a second, ` +
          `${compared(processing, incoming)}.`,
        times <= 1
          ? ENOUGH
          : `Catching up within ten minutes takes ${times.toFixed(1)} times as much: larger batches where each has ` +
            'a fixed cost, more executors, a faster sink.',
        `More ${words.partitions} would not help.`,
      ].join(' '),
      figures,
    }
  }
  return readingLimit(inputs, wanted, figures, nothing)
}

const ENOUGH = 'That is enough to catch up within ten minutes.'

/** Batches that are neither full nor slow while records wait: they do not come out of the stream fast enough. */
function readingLimit(inputs: AdviceInputs, wanted: number, figures: AdviceFigure[], nothing: Advice): Advice {
  const {
    openPartitions,
    behindRecords,
    behindBytes,
    incomingRecordsPerSecond: incoming,
    incomingBytesPerSecond,
    triggerMs,
  } = inputs
  const { throttledReads } = inputs
  const { words, limits } = inputs.source
  const recordBytes =
    behindRecords && behindBytes
      ? behindBytes / behindRecords
      : incoming && incomingBytesPerSecond
        ? incomingBytesPerSecond / incoming
        : null
  const readPerSecond = ((inputs.progress ? recordsOf(inputs.progress) : 0) * 1_000) / triggerMs
  if (recordBytes === null) return { ...nothing, figures }
  const most = Math.min(limits.bytesPerSecond / recordBytes, limits.readsPerSecond * limits.recordsPerRead)
  const capacityPerSecond = most * openPartitions
  const needed = partitionsForReading(wanted * recordBytes, limits)
  const share = readPerSecond / capacityPerSecond
  const withLimits = [
    ...figures,
    figure('one record', recordBytes, 'bytes', 'CloudWatch, what waits'),
    figure('read', readPerSecond, 'records/s', 'progress of the streaming query'),
    figure(`a ${words.partition} gives`, limits.bytesPerSecond, 'bytes/s', limits.statedBy),
    ...(throttledReads
      ? [figure('throttled', throttledReads.calls, `reads in ${throttledReads.minutes} min`, throttledReads.countedBy)]
      : []),
  ]
  const others = throttledReads?.calls === 0 ? '' : 'other readers of the stream, or '
  const advice =
    needed > openPartitions
      ? `Catching up within ten minutes takes ${whole(needed)} ${words.partitions}.`
      : share < 0.5
        ? `More ${words.partitions} would not help: check for ${others}one ${words.partition} that holds most of ` +
          'what waits.'
        : ENOUGH
  return {
    ...nothing,
    limit: 'reading',
    capacityPerSecond,
    partitionsNeeded: needed > openPartitions ? needed : null,
    sentence:
      `Reading is the limit: batches are not full and not slow, and records wait. ${whole(openPartitions)} open ` +
      `${openPartitions === 1 ? `${words.partition} gives` : `${words.partitions} give`} ` +
      `${whole(capacityPerSecond)} records a second to one reader; this one reads ${whole(readPerSecond)}, ` +
      `${Math.round(share * 100)} % of it. ${advice}${throttled(throttledReads, words)}`,
    figures: withLimits,
  }
}

/** Whether the source throttles reads, which slows a reader down that takes little. */
function throttled(reads: ThrottledReads | undefined, words: CalledWords): string {
  if (!reads) return ''
  const when = `in the last ${reads.minutes} minutes`
  return reads.calls === 0
    ? ` No read was throttled ${when}.`
    : ` ${words.service} throttled ${whole(reads.calls)} ${reads.calls === 1 ? 'read' : 'reads'} ${when}: all ` +
        `readers together ask for more than a ${words.partition} gives, and each waits for the others.`
}

const figure = (label: string, value: number, unit: string, source: string): AdviceFigure => ({
  label,
  value,
  unit,
  source,
})
const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const seconds = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
const compared = (capacity: number, incoming: number): string =>
  `${capacity > incoming ? 'more' : 'not more'} than the ${whole(incoming)} that arrive`
