import type { SparkCheckpointStep, Verdict } from '../../../../shared/features/checkpoint.ts'
import type { Pipeline } from '../../../../shared/pipelines/pipeline.ts'
import { count, plural } from '../../say.ts'
import type { CheckpointFacts } from '../facts.ts'
import { streamMissing, streamVerdicts } from '../stream-verdicts.ts'
import { presentVerdict, wholeVerdict } from '../verdicts.ts'
import type { SparkCheckpoint } from './spark-entries.ts'
import type { WrittenBatches } from './written.ts'
import { writerVerdict } from './written-by.ts'

/** What a checkpoint of Spark's own is held against. */
export interface SparkFacts {
  checkpoint: SparkCheckpoint
  /** With its entries and positions; the batch table knows nothing of it. */
  facts: CheckpointFacts
  /** Steps that name it, newest first. */
  steps: readonly SparkCheckpointStep[]
  written: WrittenBatches
}

/** One verdict a question, in the order in which they are read. */
export function sparkVerdicts(sparkFacts: SparkFacts, spec: Pipeline): Verdict[] {
  const { facts, checkpoint, steps } = sparkFacts
  if (facts.entries.keys.length === 0)
    return [presentVerdict(facts), ...streamMissing(facts), ledgerVerdict(sparkFacts), inUseVerdict(steps)]
  return [
    presentVerdict(facts),
    wholeVerdict(facts),
    queryVerdict(sparkFacts, spec),
    ...(checkpoint.foreignSource ? [foreignVerdict()] : streamVerdicts(facts, undefined)),
    writerVerdict({
      conf: frozenOf(checkpoint),
      version: sparkFacts.written.sparkVersion,
      keyColumns: spec.event.key.length,
    }),
    partitionsVerdict(checkpoint),
    ledgerVerdict(sparkFacts),
    inUseVerdict(steps),
  ]
}

function queryVerdict({ facts, steps, written }: SparkFacts, spec: Pipeline): Verdict {
  const { metadata } = facts.entries
  const base = { check: 'query' as const, source: 'metadata, ListSteps, progress' }
  const id = metadata.state === 'read' ? metadata.value.id : undefined
  if (id === undefined) return { ...base, state: 'unknown', said: 'Without metadata it has no id of a query.' }
  if (written.batches > 0)
    return { ...base, state: 'fine', said: `Of the query ${spec.job.query}: its progress has Spark's id ${id}.` }
  const by = steps[0] ? `step ${steps[0].stepId} was started on it` : 'no step of the pipeline names it'
  return {
    ...base,
    state: 'unknown',
    said:
      `Spark's id of it is ${id}. Nothing in it names a pipeline, no progress of ${spec.job.query} has this id, ` +
      `and ${by}.`,
  }
}

const foreignVerdict = (): Verdict => ({
  check: 'stream',
  state: 'unknown',
  said:
    "Its positions are those of another source (EMR's connector): they cannot be held against this stream, so what " +
    'waits or is lost is not known.',
  source: 'offsets entry',
})

const frozenOf = ({ entries }: SparkCheckpoint): Readonly<Record<string, string>> | undefined =>
  entries.newest?.plan.state === 'read' ? entries.newest.plan.value.conf : undefined

function partitionsVerdict(checkpoint: SparkCheckpoint): Verdict {
  const { statePartitions, sourceLogs } = checkpoint
  const conf = frozenOf(checkpoint)
  const frozen = conf?.['spark.sql.shuffle.partitions']
  const base = { check: 'state-partitions' as const, source: 'offsets entry, state/' }
  if (conf === undefined) return { ...base, state: 'fine', said: 'Nothing is frozen yet: the first batch does it.' }
  const names = Object.keys(conf).length
  const logs = sourceLogs > 0 ? `; ${plural(sourceLogs, 'source keeps', 'sources keep')} a log of its own` : ''
  if (frozen === undefined)
    return { ...base, state: 'unknown', said: `It does not say for how many partitions its state is${logs}.` }
  if (statePartitions > 0 && statePartitions !== Number(frozen))
    return {
      ...base,
      state: 'warning',
      said:
        `spark.sql.shuffle.partitions is frozen at ${frozen}, and ` +
        `${plural(statePartitions, 'partition has', 'partitions have')} state: some of it is missing, or was not ` +
        'yet written.',
      next: 'Keys whose state is missing come as new rows.',
    }
  return {
    ...base,
    state: 'fine',
    said:
      `spark.sql.shuffle.partitions is frozen at ${frozen}${statePartitions > 0 ? `, as many as have state` : ''}: ` +
      `a job that asks for another number gets this one. ${plural(names, 'setting')} of Spark ` +
      `${names === 1 ? 'is' : 'are'} frozen with it${logs}.`,
  }
}

function ledgerVerdict({ written, steps }: SparkFacts): Verdict {
  const base = { check: 'warehouse' as const, source: "batches' progress (Spark's counters)" }
  const sink = steps[0]?.sink
  const into = sink
    ? `Rows go into ${sink}${steps[0]?.output ? ` below ${steps[0].output}` : ''}`
    : 'Rows go where its step says'
  const not = 'The ledger and the batch table cover warehouse sinks only'
  if (written.batches === 0)
    return { ...base, state: 'unknown', said: `${into}. ${not}, and no batch has reported what it wrote.` }
  const { read, invalid, late, duplicates, loaded } = written
  const difference = read - invalid - late - duplicates - loaded
  return {
    ...base,
    state: difference === 0 ? 'fine' : 'warning',
    said:
      `${into}. ${not}; by Spark's progress ` +
      `of ${written.whole ? 'its' : 'the newest'} ${plural(written.batches, 'batch', 'batches')}: ` +
      `${count(read)} read = ${count(invalid)} invalid + ${count(late)} late (dropped) + ${count(duplicates)} ` +
      `duplicates + ${count(loaded)} written${difference === 0 ? '' : `, off by ${count(Math.abs(difference))}`}.`,
  }
}

function inUseVerdict(steps: readonly SparkCheckpointStep[]): Verdict {
  const running = stepOn(steps)
  return {
    check: 'in-use',
    state: 'fine',
    said: running
      ? `Step ${running.stepId} on ${running.clusterId} is ${running.state.toLowerCase()} on it.`
      : steps[0]
        ? `No step runs on it; the newest was ${steps[0].stepId}, ${steps[0].state.toLowerCase()}.`
        : 'No step of the pipeline names it. Another job may: Spark keeps no lock on its checkpoint.',
    source: 'ListSteps',
  }
}

/** The step that is pending or runs on it. */
export const stepOn = (steps: readonly SparkCheckpointStep[]): SparkCheckpointStep | undefined =>
  steps.find(step => ['PENDING', 'RUNNING', 'CANCEL_PENDING'].includes(step.state))
