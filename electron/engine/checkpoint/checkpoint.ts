import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { SourceOffset } from '../../../shared/job/progress.ts'
import { patiently } from '../patience.ts'

/** What a batch is: where it ends, and the watermark that decides what is late in it. Written before anything of it is done. */
export interface PlannedBatch {
  batchId: number
  end: SourceOffset
  watermarkMs: number | undefined
}

export interface RestoredCheckpoint {
  queryId: string
  /** The newest committed batch. */
  committed: { batchId: number; end: SourceOffset; maxEventTimeMs: number | undefined } | undefined
  /** A batch that was planned and not committed: to be done again exactly so. */
  open: PlannedBatch | undefined
}

/** The checkpoint of a query in S3, laid out as Spark lays out its own: metadata, offsets/N, commits/N. */
export interface Checkpoint {
  restore(newQueryId: () => string): Promise<RestoredCheckpoint>
  /** @throws Error when another engine planned the same batch */
  plan(batch: PlannedBatch): Promise<void>
  /** @throws Error when another engine committed the same batch */
  commit(batchId: number, maxEventTimeMs: number | undefined): Promise<void>
  /** Keys of the entries before a batch, to be removed. */
  keysOf(batchId: number): string[]
}

const Metadata = z.object({ id: z.string() })
const BatchMetadata = z.object({ batchWatermarkMs: z.number().nullable(), runId: z.string() })
const CommitMetadata = z.object({ maxEventTimeMs: z.number().nullable(), runId: z.string() })

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

  /** Writes an entry that must not be there. An earlier try whose answer was lost wrote the same text: that is no conflict. */
  async function writeOnce(key: string, text: string): Promise<void> {
    try {
      await patiently(() => s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, IfNoneMatch: '*' })))
    } catch (error) {
      if ((error as Error).name !== 'PreconditionFailed' || (await read(key)) === text) {
        if ((error as Error).name !== 'PreconditionFailed') throw error
        return
      }
      throw new Error(
        `s3://${bucket}/${key} was written by another run of this query. Only one may run on a checkpoint; this one ends.`,
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
          new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${folder}/`, ...(token && { ContinuationToken: token }) }),
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
    const text = await read(offsetsKey(batchId))
    const [version, metadata = '', source = ''] = text?.split('\n') ?? []
    if (version !== 'v1') throw new Error(`s3://${bucket}/${offsetsKey(batchId)} is not an offset log entry`)
    return {
      batchId,
      end: SourceOffset.parse(JSON.parse(source)),
      watermarkMs: BatchMetadata.parse(JSON.parse(metadata)).batchWatermarkMs ?? undefined,
    }
  }

  return {
    async restore(newQueryId) {
      const known = await read(`${prefix}metadata`)
      if (known === undefined) await writeOnce(`${prefix}metadata`, JSON.stringify({ id: newQueryId() }))
      const { id: queryId } = Metadata.parse(JSON.parse(known ?? (await read(`${prefix}metadata`)) ?? '{}'))
      const [planned, committed] = await Promise.all([newest('offsets'), newest('commits')])
      const open = planned !== undefined && planned > (committed ?? -1) ? await readPlan(planned) : undefined
      if (committed === undefined) return { queryId, committed: undefined, open }
      const [, metadata = ''] = (await read(commitsKey(committed)))?.split('\n') ?? []
      const { maxEventTimeMs } = CommitMetadata.parse(JSON.parse(metadata))
      return {
        queryId,
        committed: { batchId: committed, end: (await readPlan(committed)).end, maxEventTimeMs: maxEventTimeMs ?? undefined },
        open,
      }
    },
    plan: ({ batchId, end, watermarkMs }) =>
      writeOnce(
        offsetsKey(batchId),
        ['v1', JSON.stringify({ batchWatermarkMs: watermarkMs ?? null, runId }), JSON.stringify(end)].join('\n'),
      ),
    commit: (batchId, maxEventTimeMs) =>
      writeOnce(commitsKey(batchId), ['v1', JSON.stringify({ maxEventTimeMs: maxEventTimeMs ?? null, runId })].join('\n')),
    keysOf: batchId => [offsetsKey(batchId), commitsKey(batchId)],
  }
}
