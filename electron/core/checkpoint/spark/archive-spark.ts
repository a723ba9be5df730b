import type { WorkEvent } from '../../../../shared/features/scope.ts'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { latestProgress } from '../../query-state/job-progress.ts'
import { plural } from '../../say.ts'
import { reporter } from '../../work/work.ts'
import { copyToArchive, removeKeys } from '../archive.ts'
import { type SparkPreflightDeps, sparkArchive, sparkFactsOf } from './spark-preflight.ts'
import { stepOn } from './spark-verdicts.ts'

/** Progress that is younger than this is of a query that runs: it writes some every second. */
const FRESH_MS = 10_000

/**
 * Archives a checkpoint of Spark's own, so that the next step on it starts over. The offsets go first: without them
 * Spark goes on nowhere, and what a kill leaves of the others makes it end with an error (commits of before), not with
 * rows that are wrong.
 * @throws ExpectedError `conflict` while a step runs on it, or its query writes progress; `not_found` when there is
 * none
 */
export async function* archiveSpark(
  deps: SparkPreflightDeps,
  context: PipelineContext,
  asked: { address: string; why: string },
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { steps, facts } = await sparkFactsOf(deps, context, asked.address, signal)
  const { entries } = facts
  const location = `s3://${entries.bucket}/${entries.folder}`
  const running = stepOn(steps)
  if (running)
    throw refused(
      `Step ${running.stepId} on ${running.clusterId} is ${running.state.toLowerCase()} on the checkpoint.`,
      'End the job first.',
    )
  if (entries.keys.length === 0)
    throw new ExpectedError({
      code: 'not_found',
      message: `There is nothing at ${location}.`,
      hint: 'Give the address that the step has as --spark-checkpoint.',
      retryable: false,
    })
  if (entries.metadata.state === 'missing' && entries.planned.length === 0)
    throw refused(`${location} has no metadata and no offsets: it is no checkpoint of Spark.`, 'Check the address.')
  const queryId = entries.metadata.state === 'read' ? entries.metadata.value.id : null
  const progress = await latestProgress(context, signal)
  if (progress && progress.id === queryId && Math.abs(facts.nowMs - Date.parse(progress.sluice.committedAt)) < FRESH_MS)
    throw refused(
      `Run ${progress.runId} wrote progress on the checkpoint just now (batch ${progress.batchId}).`,
      'End that job first, and wait some seconds.',
    )

  const report = reporter(deps.clock, 'archive', 'Archive the checkpoint of Spark')
  yield report('running', plural(entries.keys.length, 'object'))
  const place = sparkArchive(asked.address)
  const folder = await copyToArchive(
    context,
    place,
    entries.keys.map(key => ({ key, name: key.slice(entries.folder.length) })),
    {
      at: new Date(deps.clock.now()).toISOString(),
      why: asked.why || 'not said',
      from: 'where the next step says',
      queryId,
      batchId: entries.newest?.batchId ?? null,
      records: Object.values(facts.offset).reduce((sum, position) => sum + position.records, 0),
    },
    signal,
  )
  const isOffset = (key: string) => key.startsWith(`${entries.folder}offsets/`)
  await removeKeys(context, place.bucket, entries.keys.filter(isOffset))
  await removeKeys(
    context,
    place.bucket,
    entries.keys.filter(key => !isOffset(key)),
  )
  yield report('done', `to s3://${place.bucket}/${folder}; the next step on ${location} starts over`)
}

const refused = (message: string, hint: string): ExpectedError =>
  new ExpectedError({ code: 'conflict', message, hint, retryable: false })
