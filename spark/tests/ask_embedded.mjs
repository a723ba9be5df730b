import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { chooseCounts } from '../../electron/engine/kinesis/choose.ts'
import { followLineage, initialOffset } from '../../electron/engine/kinesis/lineage.ts'
import { readSpans } from '../../electron/engine/kinesis/read-spans.ts'
import { toProgress } from '../../electron/engine/progress.ts'
import { classifyBatch } from '../../electron/engine/rules/batch.ts'
import { parseJobArguments } from '../../shared/job/arguments.ts'
import {
  formatCommitEntry,
  formatPlanEntry,
  parseCheckpointMetadata,
  parseCommitEntry,
  parsePlanEntry,
} from '../../shared/job/checkpoint.ts'
import { transactionOf } from '../../shared/job/fill-statement.ts'
import * as layout from '../../shared/job/layout.ts'
import { QueryProgress } from '../../shared/job/progress.ts'
import { compileJobPlan } from '../../shared/pipelines/compile/compile.ts'
import { compileDdl } from '../../shared/pipelines/compile/redshift/ddl.ts'
import { splitSqlFile } from '../../shared/pipelines/compile/redshift/sql-file.ts'
import { parsePipeline } from '../../shared/pipelines/pipeline.ts'

/*
 * Answers questions about the embedded engine: a JSON array of {question, ...} on standard input, an array of answers
 * on standard output. So the tests of the Spark job hold both engines together without a copy of either.
 */
const ANSWERS = {
  classify,
  compile: ({ spec }) => compile(spec),
  ddl: ({ spec, files }) => compileDdl(spec, files).files.flatMap(({ text }) => splitSqlFile(text)),
  transaction: ({ spec, batch }) => transactionOf(compile(spec), absent(batch)),
  choose: ({ waiting, max }) => Object.fromEntries(chooseCounts(waiting.map(absent), max)),
  initialOffset: ({ shards, from, nowMs }) => initialOffset(shards, from, nowMs),
  readSpans: ({ records }) => readSpans(records),
  followLineage: ({ offset, shards }) => followLineage(offset, shards),
  layout: ({ prefixes, query, batchId }) => [
    layout.checkpointPrefix(prefixes, query),
    layout.stagingPrefix(prefixes, query, batchId),
    layout.quarantineKey(prefixes, query, batchId, 'late'),
    layout.progressKey(prefixes, query, batchId),
    layout.latestProgressKey(prefixes, query),
  ],
  progress: ({ trigger }) => toProgress(absent(trigger)),
  acceptsProgress: ({ progress }) => QueryProgress.parse(progress),
  readsCheckpoint: ({ texts }) => readsCheckpoint(texts),
  iso: ({ times }) => times.map(ms => new Date(ms).toISOString()),
  acceptsArguments: ({ argv }) => parseJobArguments(argv),
}

/** What the three entries of a checkpoint say, and how the embedded engine would have written the same. */
function readsCheckpoint(texts) {
  const plan = parsePlanEntry(texts['offsets/0'])
  const commit = parseCommitEntry(texts['commits/0'])
  return {
    metadata: parseCheckpointMetadata(texts.metadata),
    plan,
    commit,
    rewritten: {
      'offsets/0': formatPlanEntry({ ...plan, runId: 'run' }),
      'commits/0': formatCommitEntry({ ...commit, runId: 'run' }),
    },
  }
}

/** JSON has null where TypeScript has undefined. */
const absent = value => Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== null))

const compile = spec => compileJobPlan(parsePipeline(JSON.stringify(spec), 'spec'))

async function classify({ spec, records, watermarkMs }) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-parity-'))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  try {
    await connection.run("set timezone = 'UTC'")
    const stagedFile = join(folder, 'staged.parquet')
    const judged = await classifyBatch(connection, compile(spec), {
      batchId: 7,
      records: records.map(({ shardId, sequenceNumber, data, ...record }) => ({
        ...record,
        partitionId: shardId,
        offset: sequenceNumber,
        data: Buffer.from(data, 'base64'),
      })),
      watermarkMs: watermarkMs ?? undefined,
      stagedFile,
    })
    const staged =
      judged.counts.staged > 0
        ? (await connection.runAndReadAll(`select * from '${stagedFile}'`)).getRowObjectsJson()
        : []
    return { ...judged, staged }
  } finally {
    connection.closeSync()
    await rm(folder, { recursive: true })
  }
}

const answers = []
for (const { question, ...asked } of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    answers.push({ answer: (await ANSWERS[question](asked)) ?? null })
  } catch (error) {
    answers.push({ error: String(error) })
  }
}
process.stdout.write(JSON.stringify(answers))
