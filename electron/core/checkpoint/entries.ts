import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import {
  type CheckpointMetadata,
  type PlanEntry,
  parseCheckpointMetadata,
  parseCommitEntry,
  parsePlanEntry,
} from '../../../shared/job/checkpoint.ts'
import { checkpointPrefix } from '../../../shared/job/layout.ts'
import type { SourceOffset } from '../../../shared/job/progress.ts'
import { isNotFound } from '../errors/expected-error.ts'
import { readObject } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from '../query-state/job-location.ts'

/** An entry of the checkpoint: what it says, or why it says nothing. */
export type Entry<T> = { state: 'read'; value: T } | { state: 'missing' } | { state: 'damaged'; why: string }

export interface CheckpointEntries {
  bucket: string
  folder: string
  keys: string[]
  metadata: Entry<CheckpointMetadata>
  /** Batch ids, ascending. */
  planned: number[]
  committed: number[]
  /** The newest committed batch: where the query stands. */
  newest:
    | {
        batchId: number
        committedMs: number
        plan: Entry<PlanEntry>
        commit: Entry<{ maxEventTimeMs: number | undefined }>
      }
    | undefined
  /** A batch that was planned behind it, and is done again first. */
  open: { batchId: number; plan: Entry<PlanEntry> } | undefined
  /** Where the newest batch ends whose entries can be read; empty when there is none. */
  standsAt: SourceOffset
}

/** Everything that decides where a query goes on, as it is in S3; nothing is repaired, and what is damaged says so. */
export async function readEntries(context: PipelineContext, signal: AbortSignal): Promise<CheckpointEntries> {
  const { bucket, prefixes, query } = jobLocation(context)
  return readEntriesBelow(context, bucket, checkpointPrefix(prefixes, query), signal)
}

/** The same of a checkpoint in another folder, whose plans may be written otherwise. */
export async function readEntriesBelow(
  context: PipelineContext,
  bucket: string,
  folder: string,
  signal: AbortSignal,
  parsePlan: (text: string) => PlanEntry = parsePlanEntry,
): Promise<CheckpointEntries> {
  const modified = await listWithTimes(context, bucket, folder, signal)
  const keys = [...modified.keys()]
  const idsOf = (kind: string) =>
    keys
      .flatMap(key => {
        const id = key.startsWith(`${folder}${kind}/`) ? key.slice(folder.length + kind.length + 1) : ''
        return /^\d+$/.test(id) ? [Number(id)] : []
      })
      .sort((a, b) => a - b)
  async function read<T>(name: string, parse: (text: string) => T): Promise<Entry<T>> {
    const bytes = await readObject(context.aws, bucket, `${folder}${name}`, signal)
    if (!bytes) return { state: 'missing' }
    try {
      return { state: 'read', value: parse(Buffer.from(bytes).toString('utf8')) }
    } catch (error) {
      return { state: 'damaged', why: (error as Error).message.split('\n')[0] ?? '' }
    }
  }
  const [planned, committed] = [idsOf('offsets'), idsOf('commits')]
  const last = committed.at(-1)
  const lastPlanned = planned.at(-1)
  const openId = lastPlanned !== undefined && lastPlanned > (last ?? -1) ? lastPlanned : undefined
  const [metadata, newest, open] = await Promise.all([
    read('metadata', parseCheckpointMetadata),
    last === undefined
      ? undefined
      : Promise.all([read(`offsets/${last}`, parsePlan), read(`commits/${last}`, parseCommitEntry)]).then(
          ([plan, commit]) => ({
            batchId: last,
            committedMs: modified.get(`${folder}commits/${last}`) ?? 0,
            plan,
            commit,
          }),
        ),
    openId === undefined ? undefined : read(`offsets/${openId}`, parsePlan).then(plan => ({ batchId: openId, plan })),
  ])
  const standsAt = newest?.plan.state === 'read' ? newest.plan.value.end : await olderOffset()
  return { bucket, folder, keys, metadata, planned, committed, newest, open, standsAt }

  /** Where the newest batch before ended that can still be read. */
  async function olderOffset(): Promise<SourceOffset> {
    for (const batchId of committed.slice(0, -1).reverse()) {
      const plan = await read(`offsets/${batchId}`, parsePlan)
      if (plan.state === 'read') return plan.value.end
    }
    return {}
  }
}

/** Keys below a prefix with the time each was written, epoch ms; none when the bucket is not there. */
async function listWithTimes(
  context: PipelineContext,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  let token: string | undefined
  try {
    do {
      const page = await context.aws.s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) }),
        { abortSignal: signal },
      )
      for (const { Key, LastModified } of page.Contents ?? []) if (Key) found.set(Key, LastModified?.getTime() ?? 0)
      token = page.NextContinuationToken
    } while (token)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return found
}
