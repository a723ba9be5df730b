import type { Choice, SparkCheckpointStep } from '../../../../shared/features/checkpoint.ts'
import { count, plural } from '../../say.ts'
import { goOn } from '../choices.ts'
import type { CheckpointFacts, StreamFacts } from '../facts.ts'
import { total } from '../standing.ts'
import { beginAt } from '../start-positions.ts'
import { type SparkFacts, stepOn } from './spark-verdicts.ts'

/**
 * The ways to go on with what each costs. Spark's checkpoint is made by Spark alone, so a query begins elsewhere only
 * without it: at the oldest record or now, as the step says. None without a stream, or with positions of another
 * source.
 */
export function sparkChoices(sparkFacts: SparkFacts, fatal: string | undefined): Choice[] {
  const { facts, checkpoint } = sparkFacts
  const { stream } = facts
  if (!stream || checkpoint.foreignSource) return []
  return [goOn(facts, stream, fatal), startOver(sparkFacts, stream, 'oldest'), startOver(sparkFacts, stream, 'now')]
}

function startOver({ facts, steps }: SparkFacts, stream: StreamFacts, kind: 'oldest' | 'now'): Choice {
  const oldest = beginAt(stream, facts.offset, { kind: 'oldest' })
  const waiting = total(stream.standings.map(entry => entry.waiting))
  const lost = total(stream.standings.map(entry => entry.lost))
  const known = waiting !== null
  const readAgain = kind === 'now' ? 0 : known ? oldest.readAgain : null
  const skipped = kind === 'now' ? waiting : 0
  const running = stepOn(steps)
  return {
    kind,
    title: kind === 'oldest' ? 'Start over from the oldest record' : 'Start over from now',
    ...(running && { refused: `Step ${running.stepId} runs on the checkpoint: end it first.` }),
    beginsAt: new Date(kind === 'oldest' ? oldest.beginsMs : facts.nowMs).toISOString(),
    firstTime: kind === 'now' ? 0 : waiting,
    readAgain,
    skipped,
    lost,
    spanMs: null,
    estimated: stream.counters.source.estimated || (kind === 'oldest' && !oldest.exact),
    consequences: [
      `Start the step with --starting-position ${kind === 'oldest' ? 'TRIM_HORIZON' : 'LATEST'}: Spark makes a ` +
        'new checkpoint there.',
      ...(known
        ? []
        : [
            `How many records that skips or reads again is not known: the ${facts.source.words.partitions} have ` +
              'no counters of their own.',
          ]),
      ...(skipped ? [`${plural(skipped, 'record')} that ${skipped === 1 ? 'waits is' : 'wait are'} skipped.`] : []),
      ...again(facts, readAgain, steps[0]),
      'The state of the deduplication goes with it: a key that came before is a new row.',
      ...(facts.entries.keys.length > 0
        ? ['The current checkpoint is archived, not lost: copied back, the query continues from it.']
        : []),
    ],
  }
}

/** What becomes of what is there already. */
function again(
  { entries, sink }: CheckpointFacts,
  readAgain: number | null,
  step: SparkCheckpointStep | undefined,
): string[] {
  const newestBatchId = entries.newest?.batchId
  if (newestBatchId === undefined) return []
  const records = readAgain === null ? 'What is read again' : readAgain > 0 ? plural(readAgain, 'record') : undefined
  const isFiles = step === undefined || step.sink === 'parquet' || step.sink === 'json'
  if (!isFiles)
    return records
      ? [`${records} read again: MERGE matches by ${sink.mergeKey.join(', ')}, so they count as duplicates.`]
      : []
  return [
    ...(records ? [`${records} read again ${readAgain === 1 ? 'is' : 'are'} written again: files know no MERGE.`] : []),
    'Batches count from 0 again, and each replaces its folder batch=N: ' +
      `those of 0 to ${count(newestBatchId)} are replaced one by one. Give the step another --output.`,
  ]
}
