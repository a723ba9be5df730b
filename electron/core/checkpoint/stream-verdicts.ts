import type { Verdict } from '../../../shared/features/checkpoint.ts'
import type { CheckpointOrigin } from '../../../shared/job/checkpoint.ts'
import { age, count, plural } from '../say.ts'
import type { CheckpointFacts, StreamFacts } from './facts.ts'
import { EXPIRED, total } from './standing.ts'

export const RESET_HINT = 'Reset the checkpoint: the current one is archived, not lost.'

/**
 * Whether the stream is the one that the checkpoint is of, its partitions are there, and retention has left what is
 * still to be read.
 */
export function streamVerdicts(facts: CheckpointFacts, origin: CheckpointOrigin | undefined): Verdict[] {
  const { stream } = facts
  if (!stream) return streamMissing(facts)
  const same = sameStreamVerdict(facts, stream, origin)
  if (same.state === 'fatal') return [same]
  const open = openBatchVerdict(facts, stream)
  if (!facts.entries.newest) return open ? [same, open] : [same]
  return [same, partitionsVerdict(facts, stream), open ?? retentionVerdict(facts, stream)]
}

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ').concat(' UTC')

function sameStreamVerdict(
  { entries, source: { name, words } }: CheckpointFacts,
  stream: StreamFacts,
  origin: CheckpointOrigin | undefined,
): Verdict {
  const base = { check: 'stream' as const, source: `metadata, ${words.calls.state}` }
  const made = `${name} was made at ${time(stream.createdMs)}`
  const other = `its ${words.offset}s mean nothing here`
  if (origin && origin.stream.name !== name)
    return {
      ...base,
      state: 'fatal',
      said: `It is of the stream ${origin.stream.name}, not of ${name}: ${other}.`,
      next: RESET_HINT,
    }
  if (origin && Math.abs(Date.parse(origin.stream.createdAt) - stream.createdMs) >= 1_000)
    return {
      ...base,
      state: 'fatal',
      said: `${made}, the checkpoint's at ${time(Date.parse(origin.stream.createdAt))}: a stream made again; ${other}.`,
      next: RESET_HINT,
    }
  if (origin) return { ...base, state: 'fine', said: `Of this stream: ${made}.` }
  if (entries.newest && entries.newest.committedMs < stream.createdMs)
    return {
      ...base,
      state: 'fatal',
      said: `${made}, after the last commit at ${time(entries.newest.committedMs)}: ${other}.`,
      next: RESET_HINT,
      source: `S3 LastModified, ${words.calls.state}`,
    }
  return {
    ...base,
    state: 'unknown',
    said: 'It does not say which stream it is of; its last commit is younger than this stream.',
  }
}

function partitionsVerdict({ offset, source: { words } }: CheckpointFacts, { standings }: StreamFacts): Verdict {
  const base = { check: 'partitions' as const, source: words.calls.partitions }
  const gone = standings.filter(entry => !entry.listed && !entry.drained)
  if (gone.length > 0) {
    const lost = total(gone.map(entry => entry.lost))
    return {
      ...base,
      state: 'fatal',
      said:
        `${gone.map(entry => entry.partition).join(', ')} ${gone.length === 1 ? 'was' : 'were'} not read to the ` +
        `end and ${gone.length === 1 ? 'is' : 'are'} no longer in the ` +
        `stream${lost === null ? '' : `: ${plural(lost, 'record')} lost`}.`,
      next: 'Reset to the oldest record: what is left of the stream is read.',
    }
  }
  const known = Object.keys(offset).filter(id => id !== EXPIRED)
  const waiting = standings.filter(entry => entry.listed && !entry.position)
  const children =
    waiting.length > 0
      ? `; ${plural(waiting.length, words.partition, words.partitions)} join when their parents are drained`
      : ''
  const all =
    known.length === 1
      ? `The ${words.partition} of its position is`
      : `All ${count(known.length)} ${words.partitions} of its positions are`
  return { ...base, state: 'fine', said: `${all} there${children}.` }
}

/**
 * A batch that was planned and not committed is done again with exactly its records, whether the warehouse has it or
 * not: when some of them expired, it cannot be. Undefined when none did, by the counters.
 */
function openBatchVerdict(
  { entries, offset, nowMs, source: { words } }: CheckpointFacts,
  stream: StreamFacts,
): Verdict | undefined {
  const { open } = entries
  if (open?.plan.state !== 'read') return undefined
  const { standings, counters, horizonMs, retentionMs } = stream
  const { end } = open.plan.value
  let [gone, records, known, exact] = [0, 0, true, !counters.source.estimated]
  for (const [partition, to] of Object.entries(end)) {
    const from = offset[partition]?.records ?? 0
    if (partition === EXPIRED || to.records <= from) continue
    records += to.records - from
    const standing = standings.find(entry => entry.partition === partition)
    if (!standing?.expired) {
      known = false
      continue
    }
    const expired = Math.max(0, Math.min(standing.expired.records, to.records) - from)
    gone += expired
    if (expired > 0) exact &&= standing.expired.exact
  }
  const batch = `batch ${count(open.batchId)}, which was planned and not committed and must be done again,`
  const base = {
    check: 'retention' as const,
    next: RESET_HINT,
    source: `offsets/${open.batchId}, ${words.calls.retention}, ${counters.source.name}`,
  }
  if (gone > 0)
    return {
      ...base,
      state: 'fatal',
      said:
        `${exact ? '' : 'About '}${plural(gone, 'record')} of the ${count(records)} of ${batch} expired ` +
        `(${retentionMs / 3_600_000} h are kept): it cannot be done again, and a job that starts fails.`,
    }
  const committedMs = entries.newest?.committedMs
  if (known || committedMs === undefined || committedMs >= horizonMs) return undefined
  return {
    ...base,
    state: 'warning',
    said:
      `The commit before it is ${age(nowMs - committedMs)} old and ${retentionMs / 3_600_000} h are kept: records ` +
      `of ${batch} may have expired; the ${words.partitions} have no counters that say so. A job that starts fails ` +
      'then.',
  }
}

function retentionVerdict({ nowMs, entries, source: { words } }: CheckpointFacts, stream: StreamFacts): Verdict {
  const { standings, retentionMs, horizonMs, counters } = stream
  const estimated = counters.source.estimated || standings.some(entry => entry.expired?.exact === false)
  const base = {
    check: 'retention' as const,
    source: `${words.calls.retention}, ${counters.source.name}${estimated ? ' (estimated)' : ''}`,
  }
  const kept = `${retentionMs / 3_600_000} h are kept`
  const lost = total(standings.map(entry => entry.lost))
  const waiting = total(standings.map(entry => entry.waiting))
  if (lost === null || waiting === null) {
    const committedMs = entries.newest?.committedMs ?? nowMs
    const past = committedMs < horizonMs
    return {
      ...base,
      state: past ? 'warning' : 'unknown',
      said: past
        ? `Its last commit is ${age(nowMs - committedMs)} old and ${kept}: what arrived in between may be lost; ` +
          `the ${words.partitions} have no counters that say how much.`
        : `Its last commit is ${age(nowMs - committedMs)} old and ${kept}; the ${words.partitions} have no ` +
          'counters that say what waits.',
      source: `S3 LastModified, ${words.calls.retention}`,
    }
  }
  if (lost > 0) {
    const from = Math.min(
      ...standings.filter(entry => (entry.lost ?? 0) > 0).map(entry => entry.readUpToMs ?? stream.createdMs),
    )
    return {
      ...base,
      state: 'warning',
      said:
        `${plural(lost, 'record')} of ${age(horizonMs - from)} expired before they were read: it stands at ` +
        `${time(from)}, and ${kept}. ${plural(waiting, 'record')} still wait.`,
      next: 'The job goes on at the oldest record that is left; nothing brings back what expired.',
    }
  }
  if (waiting === 0) return { ...base, state: 'fine', said: `No record waits; ${kept}.` }
  const since = Math.min(...standings.map(entry => entry.waitingSinceMs ?? nowMs))
  const leftMs = since + retentionMs - nowMs
  return {
    ...base,
    state: leftMs < retentionMs / 10 ? 'warning' : 'fine',
    said:
      `${plural(waiting, 'record')} ${waiting === 1 ? 'waits' : 'wait'}, the oldest for ${age(nowMs - since)}; ` +
      `${kept}, so the first expires in ${age(leftMs)}.`,
  }
}

/** What is said in their place when there is no stream. */
export const streamMissing = ({ stream, source: { name, words } }: CheckpointFacts): Verdict[] =>
  stream
    ? []
    : [
        {
          check: 'stream',
          state: 'fatal',
          said: `There is no stream named ${name}.`,
          next: 'Apply the plan first.',
          source: words.calls.state,
        },
      ]
