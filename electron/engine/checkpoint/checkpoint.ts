import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import {
  type CheckpointMetadata,
  formatCommitEntry,
  formatPlanEntry,
  parseCheckpointMetadata,
  parseCommitEntry,
  parsePlanEntry,
} from '../../../shared/job/checkpoint.ts'
import type { SourceOffset } from '../../../shared/job/progress.ts'
import { patiently } from '../patience.ts'

/**
 * What a batch is: where it ends, and the watermark that decides what is late in it. Written before anything of it is
 * done.
 */
export interface PlannedBatch {
  batchId: number
  end: SourceOffset
  watermarkMs: number | undefined
  /** What the reader knew at `end`; see `PlannedRead`. */
  coveredUntilMs: Readonly<Record<string, number>>
}

export interface RestoredCheckpoint {
  queryId: string
  /** The newest committed batch. */
  committed: (PlannedBatch & { maxEventTimeMs: number | undefined }) | undefined
  /** A batch that was planned and not committed: to be done again exactly so. */
  open: PlannedBatch | undefined
}

/** The checkpoint of a query in S3, laid out as Spark lays out its own: metadata, offsets/N, commits/N. */
export interface Checkpoint {
  /**
   * Where the query stands. A checkpoint that is not there is made with the metadata given.
   * @throws Error when it is of a format that this engine does not know
   */
  restore(newMetadata: () => Promise<CheckpointMetadata>): Promise<RestoredCheckpoint>
  /** @throws Error when another engine planned the same batch */
  plan(batch: PlannedBatch): Promise<void>
  /** @throws Error when another engine committed the same batch */
  commit(batchId: number, maxEventTimeMs: number | undefined): Promise<void>
  /** Keys of the entries before a batch, to be removed. */
  keysOf(batchId: number): string[]
}

export function openCheckpoint(options: { s3: S3Client; bucket: string; prefix: string; runId: string }): Checkpoint {
  const { s3, bucket, prefix, runId } = options
  const offsetsKey = (batchId: number) => `${prefix}offsets/${batchId}`
  const commitsKey = (batchId: number) => `${prefix}commits/${batchId}`

  async function read(key: string): Promise<string | undefined> {
    try {
      const { Body } = await patiently(() => s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })))
      return await Body?.transformToString()
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined
      throw error
    }
  }

  /**
   * Writes an entry that must not be there. An earlier try whose answer was lost wrote the same text: that is no
   * conflict.
   */
  async function writeOnce(key: string, text: string): Promise<void> {
    try {
      await patiently(() => s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, IfNoneMatch: '*' })))
    } catch (error) {
      if ((error as Error).name !== 'PreconditionFailed' || (await read(key)) === text) {
        if ((error as Error).name !== 'PreconditionFailed') throw error
        return
      }
      throw new Error(
        `s3://${bucket}/${key} was written by another run of this query. Only one may run on a checkpoint; this ` +
          'one ends.',
        { cause: error },
      )
    }
  }

  async function newest(folder: string): Promise<number | undefined> {
    let last: number | undefined
    let token: string | undefined
    do {
      const page = await patiently(() =>
        s3.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: `${prefix}${folder}/`,
            ...(token && { ContinuationToken: token }),
          }),
        ),
      )
      for (const { Key = '' } of page.Contents ?? []) {
        const batchId = Number(Key.slice(Key.lastIndexOf('/') + 1))
        if (Number.isSafeInteger(batchId) && batchId > (last ?? -1)) last = batchId
      }
      token = page.NextContinuationToken
    } while (token)
    return last
  }

  async function readPlan(batchId: number): Promise<PlannedBatch> {
    const { end, watermarkMs, coveredUntilMs } = await readEntry(offsetsKey(batchId), parsePlanEntry)
    return { batchId, end, watermarkMs, coveredUntilMs }
  }

  /** @throws Error that names the entry when it is missing or damaged */
  async function readEntry<T>(key: string, parse: (text: string) => T): Promise<T> {
    const text = await read(key)
    try {
      if (text === undefined) throw new Error('it is missing')
      return parse(text)
    } catch (error) {
      throw new Error(`The checkpoint cannot be used: s3://${bucket}/${key}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  async function readMetadata(newMetadata: () => Promise<CheckpointMetadata>): Promise<CheckpointMetadata> {
    const key = `${prefix}metadata`
    if ((await read(key)) === undefined) await writeOnce(key, JSON.stringify(await newMetadata()))
    return readEntry(key, parseCheckpointMetadata)
  }

  return {
    async restore(newMetadata) {
      const { id: queryId } = await readMetadata(newMetadata)
      const [planned, committed] = await Promise.all([newest('offsets'), newest('commits')])
      const open = planned !== undefined && planned > (committed ?? -1) ? await readPlan(planned) : undefined
      if (committed === undefined) return { queryId, committed: undefined, open }
      const { maxEventTimeMs } = await readEntry(commitsKey(committed), parseCommitEntry)
      return { queryId, committed: { ...(await readPlan(committed)), maxEventTimeMs }, open }
    },
    plan: ({ batchId, ...plan }) => writeOnce(offsetsKey(batchId), formatPlanEntry({ ...plan, runId })),
    commit: (batchId, maxEventTimeMs) => writeOnce(commitsKey(batchId), formatCommitEntry({ maxEventTimeMs, runId })),
    keysOf: batchId => [offsetsKey(batchId), commitsKey(batchId)],
  }
}
