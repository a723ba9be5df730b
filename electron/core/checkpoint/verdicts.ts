import type { Verdict } from '../../../shared/features/checkpoint.ts'
import type { CheckpointOrigin } from '../../../shared/job/checkpoint.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import type { LedgerNames } from '../ledgers/ledger.ts'
import { age, count, plural } from '../say.ts'
import type { CheckpointFacts } from './facts.ts'
import { RUN_ID } from './reset.ts'
import { total } from './standing.ts'
import { RESET_HINT, streamMissing, streamVerdicts } from './stream-verdicts.ts'
import { warehouseVerdict } from './warehouse-verdict.ts'

/** What a job that starts now would find, one verdict a question, in the order in which they are read. */
export function verdictsOf(facts: CheckpointFacts, spec: Pipeline): Verdict[] {
  const { entries } = facts
  const origin = entries.metadata.state === 'read' ? entries.metadata.value.sluice : undefined
  if (entries.keys.length === 0)
    return [presentVerdict(facts), ...streamMissing(facts), warehouseVerdict(facts), inUseVerdict(facts)]
  return [
    presentVerdict(facts),
    wholeVerdict(facts),
    queryVerdict(origin, spec),
    ...streamVerdicts(facts, origin),
    specVerdict(origin, spec, facts.sink),
    engineVerdict(facts, origin),
    partitionsVerdict(facts),
    warehouseVerdict(facts),
    inUseVerdict(facts),
  ]
}

/** Whether there is one, and where it stands. */
export function presentVerdict({ entries, stream, offset, nowMs }: CheckpointFacts): Verdict {
  const source = `s3://${entries.bucket}/${entries.folder}`
  const { newest } = entries
  if (newest) {
    const records = Object.values(offset).reduce((sum, position) => sum + position.records, 0)
    const behind = newest.plan.state === 'read' ? `, ${plural(records, 'record')} behind it` : ''
    const said = `Batch ${count(newest.batchId)} was committed ${age(nowMs - newest.committedMs)} ago${behind}.`
    return { check: 'present', state: 'fine', said, source }
  }
  const waiting = stream && total(stream.standings.map(entry => entry.waiting))
  const isUnknown = waiting === undefined || waiting === null
  const waits = isUnknown ? '' : `: ${plural(waiting, 'record')} ${waiting === 1 ? 'waits' : 'wait'}`
  const from = `the first start reads from the oldest record${waits}`
  const there = entries.keys.length === 0 ? 'There is no checkpoint yet' : 'No batch is committed yet'
  return { check: 'present', state: 'fine', said: `${there}; ${from}.`, source }
}

/** Whether its entries can be read, and none is missing that a start needs. */
export function wholeVerdict({ entries }: CheckpointFacts): Verdict {
  const source = `${plural(entries.keys.length, 'entry', 'entries')} in S3`
  const fatal = (said: string): Verdict => ({ check: 'whole', state: 'fatal', said, next: RESET_HINT, source })
  const { metadata, newest, open, planned, committed } = entries
  if (metadata.state === 'damaged') return fatal(`metadata cannot be read: ${metadata.why}.`)
  if (metadata.state === 'missing' && planned.length + committed.length > 0) return fatal('metadata is missing.')
  if (newest?.plan.state === 'missing')
    return fatal(
      `commits/${newest.batchId} is there and offsets/${newest.batchId} is not: nothing says where the query stands.`,
    )
  if (newest?.plan.state === 'damaged') return fatal(`offsets/${newest.batchId} cannot be read: ${newest.plan.why}.`)
  if (newest?.commit.state === 'damaged')
    return fatal(`commits/${newest.batchId} cannot be read: ${newest.commit.why}.`)
  if (open?.plan.state === 'damaged') return fatal(`offsets/${open.batchId} cannot be read: ${open.plan.why}.`)
  const [plans, commits] = [new Set(planned), new Set(committed)]
  const torn = [
    ...committed.filter(id => !plans.has(id)).map(id => `offsets/${id}`),
    ...planned.filter(id => !commits.has(id) && id !== open?.batchId).map(id => `commits/${id}`),
  ]
  const next = open ? ` Batch ${count(open.batchId)} was planned and not committed: it is done again first.` : ''
  if (torn.length > 0)
    return {
      check: 'whole',
      state: 'warning',
      said:
        `Missing: ${torn.slice(0, 3).join(', ')}${torn.length > 3 ? ` and ${torn.length - 3} more` : ''}. No start ` +
        `reads them.${next}`,
      source,
    }
  return {
    check: 'whole',
    state: 'fine',
    said: `Every committed batch of it has its offsets (${plural(committed.length, 'batch', 'batches')} kept).${next}`,
    source,
  }
}

function queryVerdict(origin: CheckpointOrigin | undefined, spec: Pipeline): Verdict {
  const source = 'metadata'
  if (!origin)
    return { check: 'query', state: 'unknown', said: 'It was made before checkpoints said what they are of.', source }
  if (origin.pipeline === spec.id && origin.query === spec.job.query)
    return { check: 'query', state: 'fine', said: `Of the query ${origin.query} of ${origin.pipeline}.`, source }
  return {
    check: 'query',
    state: 'fatal',
    said:
      `It is of ${origin.query} of ${origin.pipeline}, not of ${spec.job.query} of ${spec.id}: somebody copied it ` +
      'here.',
    next: RESET_HINT,
    source,
  }
}

function specVerdict(origin: CheckpointOrigin | undefined, spec: Pipeline, sink: LedgerNames): Verdict {
  const source = 'metadata, spec'
  if (!origin)
    return {
      check: 'spec',
      state: 'unknown',
      said: 'It does not say by which key and into which table its rows went.',
      source,
    }
  const { table } = sink
  const list = (names: readonly string[]) => names.join(', ')
  const changes = [
    ...(origin.sink.table === table
      ? []
      : [
          `the table was ${origin.sink.table} and is ${table}: rows of before stay there, and the new table gets ` +
            'only what is read from here on',
        ]),
    ...(list(origin.eventKey) === list(spec.event.key)
      ? []
      : [
          `the event's key was ${list(origin.eventKey)} and is ${list(spec.event.key)}: what counts as a ` +
            'duplicate changes from here on',
        ]),
    ...(list(origin.sink.mergeKey) === list(sink.mergeKey)
      ? []
      : [`MERGE matched by ${list(origin.sink.mergeKey)} and will by ${list(sink.mergeKey)}`]),
  ]
  if (changes.length === 0)
    return {
      check: 'spec',
      state: 'fine',
      said: `Rows go into ${table}, matched by ${list(sink.mergeKey)}, as before.`,
      source,
    }
  return {
    check: 'spec',
    state: 'warning',
    said: `The spec changed: ${changes.join('; ')}.`,
    next: 'Reset to the oldest record to load all that the stream still holds by the new spec.',
    source,
  }
}

function engineVerdict({ progress, entries }: CheckpointFacts, origin: CheckpointOrigin | undefined): Verdict {
  const maker = origin && [origin.madeBy.name, origin.madeBy.version].filter(Boolean).join(' ')
  const { engine, application } = progress?.sluice ?? {}
  const by = application ? `Spark ${application.sparkVersion}` : `the ${engine} engine`
  const last = progress ? `, last written by ${by}` : ''
  const source = 'metadata, newest progress'
  if (origin)
    return {
      check: 'engine',
      state: 'fine',
      said:
        `Format ${origin.format}, made by ${maker}${last}; the embedded engine and each Spark that the job runs on ` +
        `read it, for nothing in it is Spark's own.`,
      source,
    }
  const spark = entries.newest?.plan.state === 'read' && entries.newest.plan.value.conf !== undefined
  return {
    check: 'engine',
    state: 'unknown',
    said: spark
      ? "Spark wrote it by itself: its entries are of log version v1, with Spark's settings in them."
      : `It does not say what made it${last}; its entries are of log version v1, which both engines read.`,
    source,
  }
}

/** Spark writes what a query may not change into each entry of its own log (OffsetSeqMetadata). */
function partitionsVerdict({ entries }: CheckpointFacts): Verdict {
  const conf = entries.newest?.plan.state === 'read' ? entries.newest.plan.value.conf : undefined
  const partitions = conf?.['spark.sql.shuffle.partitions']
  return {
    check: 'partitions',
    state: 'fine',
    said: partitions
      ? `Spark froze spark.sql.shuffle.partitions at ${partitions}: a job that asks for another number gets this one.`
      : 'Not frozen: nothing in it is kept by partition. Sinks with state (parquet, json) freeze theirs in a ' +
        'checkpoint of Spark.',
    source: 'offsets entry',
  }
}

/** Progress is written every second by a query that runs: younger than this, somebody writes. */
const FRESH_MS = 3_000

function inUseVerdict({ step, stepEndedMs, progress, nowMs }: CheckpointFacts): Verdict {
  const base = { check: 'in-use' as const, source: 'ListSteps, newest progress' }
  if (step)
    return {
      ...base,
      state: 'fine',
      said: `Step ${step.stepId} on ${step.clusterId} is ${step.state.toLowerCase()} on it.`,
    }
  const writtenMs = progress && Date.parse(progress.sluice.committedAt)
  if (progress === undefined || writtenMs === undefined) return { ...base, state: 'fine', said: 'No step runs on it.' }
  const sinceMs = nowMs - writtenMs
  const byOther = progress.runId !== RUN_ID && writtenMs > (stepEndedMs ?? 0) && sinceMs >= 0 && sinceMs < FRESH_MS
  if (!byOther) return { ...base, state: 'fine', said: `No step runs on it; last written ${age(sinceMs)} ago.` }
  return {
    ...base,
    state: 'warning',
    said: `No step of this pipeline runs, yet progress was written ${age(sinceMs)} ago: another job uses it.`,
    next: 'Two jobs cannot share it: the second one to write a batch ends with an error.',
  }
}
