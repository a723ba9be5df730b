import type { Choice } from '../../../shared/features/checkpoint.ts'
import { age, plural } from '../say.ts'
import type { CheckpointFacts, StreamFacts } from './facts.ts'
import { total } from './standing.ts'
import { beginAt, type NewBeginning, type Place } from './start-positions.ts'

/** A place with the kind that it was asked for. */
export interface AskedPlace {
  kind: 'oldest' | 'now' | 'time'
  place: Place
}

/** The ways to go on with what each costs. None without a stream. */
export function choicesOf(facts: CheckpointFacts, places: readonly AskedPlace[], fatal: string | undefined): Choice[] {
  const { stream } = facts
  if (!stream) return []
  return [goOn(facts, stream, fatal), ...places.map(asked => resetTo(facts, stream, asked))]
}

const TITLES = {
  oldest: 'Reset to the oldest record',
  now: 'Reset to now',
  time: 'Reset to a time',
}

/** To go on where the checkpoint stands. */
export function goOn(facts: CheckpointFacts, stream: StreamFacts, fatal: string | undefined): Choice {
  const {
    entries,
    source: { words },
  } = facts
  const waiting = total(stream.standings.map(entry => entry.waiting))
  const lost = total(stream.standings.map(entry => entry.lost))
  const estimated = stream.counters.source.estimated || stream.standings.some(entry => entry.expired?.exact === false)
  const consequences = [
    waiting === null
      ? `What waits is read; how much is not known, because the ${words.partitions} have no counters of their own.`
      : `${plural(waiting, 'record')} that ${waiting === 1 ? 'waits is' : 'wait are'} ` +
        `read${entries.newest ? '; none is read a second time' : ', from the oldest on'}.`,
    ...(entries.open
      ? [
          `Batch ${entries.open.batchId} is done again first, with the same records under the same name: that ` +
            'changes nothing twice.',
        ]
      : []),
    ...(lost ? [`${plural(lost, 'record')} expired before ${lost === 1 ? 'it was' : 'they were'} read.`] : []),
  ]
  return {
    kind: 'checkpoint',
    title: entries.newest ? 'Go on from the checkpoint' : 'Start from the oldest record',
    ...(fatal !== undefined && { refused: fatal }),
    beginsAt: null,
    firstTime: waiting,
    readAgain: 0,
    skipped: 0,
    lost,
    spanMs: null,
    estimated,
    consequences,
  }
}

function resetTo(facts: CheckpointFacts, stream: StreamFacts, { kind, place }: AskedPlace): Choice {
  const beginning = beginAt(stream, facts.offset, place)
  const counted = stream.standings.every(entry => entry.received !== null)
  const stoodMs = Math.max(...stream.standings.map(entry => entry.readUpToMs ?? Number.NEGATIVE_INFINITY))
  const lost = total(stream.standings.map(entry => entry.lost))
  const known = (value: number) => (counted ? value : null)
  return {
    kind,
    title: TITLES[kind],
    ...(facts.step && { refused: `Step ${facts.step.stepId} runs on the checkpoint: end it first.` }),
    beginsAt: new Date(beginning.beginsMs).toISOString(),
    firstTime: known(beginning.firstTime),
    readAgain: known(beginning.readAgain),
    skipped: known(Math.max(0, beginning.skipped - (lost ?? 0))),
    lost,
    spanMs: Number.isFinite(stoodMs) ? beginning.beginsMs - stoodMs : null,
    estimated: stream.counters.source.estimated || !beginning.exact,
    consequences: counted
      ? [...whereItBegins(stream, kind, place), ...consequencesOf(facts, beginning, lost ?? 0, stoodMs)]
      : [
          `How many records that skips or reads again is not known: the ${facts.source.words.partitions} have no ` +
            'counters of their own.',
        ],
  }
}

/** Why it is not the very moment that was asked for. */
function whereItBegins(stream: StreamFacts, kind: AskedPlace['kind'], place: Place): string[] {
  if (kind === 'oldest') return []
  const period = plural(stream.counters.periodMs / 60_000, 'minute')
  return place.kind === 'oldest'
    ? ['No record is kept from before the period of the counters that this falls into: that is the oldest record.']
    : [
        `It begins where a period of the stream's counters does (${period}): there they say exactly how many ` +
          'records lie before.',
      ]
}

function consequencesOf(
  { entries, sink }: CheckpointFacts,
  { readAgain, skipped, firstTime, beginsMs }: NewBeginning,
  lost: number,
  stoodMs: number,
): string[] {
  const span = Number.isFinite(stoodMs) ? ` (${age(Math.abs(beginsMs - stoodMs))})` : ''
  const passed = Math.max(0, skipped - lost)
  return [
    ...(readAgain > 0
      ? [
          `${plural(readAgain, 'record')}${span} ${readAgain === 1 ? 'is' : 'are'} read again. MERGE matches by ` +
            `${sink.mergeKey.join(', ')}: they count as duplicates, and no row is doubled. Invalid ones are ` +
            'quarantined once more; late ones may be loaded now.',
        ]
      : []),
    ...(passed > 0
      ? [
          `${plural(passed, 'record')}${span} that ${passed === 1 ? 'waits is' : 'wait are'} skipped: they stay ` +
            'in the stream until they expire, and are not loaded.',
        ]
      : []),
    ...(readAgain === 0 && passed === 0 ? ['Nothing is read again and nothing skipped.'] : []),
    `${plural(firstTime, 'record')} ${firstTime === 1 ? 'is' : 'are'} read for the first time.`,
    ...(entries.keys.length > 0 ? ['The current checkpoint is archived and can be restored.'] : []),
  ]
}
