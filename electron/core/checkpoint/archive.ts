import { CopyObjectCommand, DeleteObjectsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { z } from 'zod'
import { ArchivedCheckpoint } from '../../../shared/features/checkpoint.ts'
import { checkpointPrefix } from '../../../shared/job/layout.ts'
import { listKeys, readObject } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from '../query-state/job-location.ts'

/**
 * What `archive.json` of a folder says. It is written when everything else is there: a folder without it was not
 * copied whole.
 */
const ArchiveFile = ArchivedCheckpoint.omit({ id: true, location: true })
export type ArchiveFile = z.infer<typeof ArchiveFile>

const FILE = 'archive.json'
/** What versions before named it. */
const EARLIER_FILE = 'aside.json'
/** DeleteObjects takes a thousand keys; as many copies run at once as the clients have sockets to spare. */
const KEYS_A_CALL = 1_000
const AT_ONCE = 16
/** Shown at most, newest first. */
const SHOWN = 20

/** Copies objects below a folder of their own in `place`. Returns the folder. */
export async function copyToArchive(
  context: PipelineContext,
  place: ArchivePlace,
  keys: readonly { key: string; name: string }[],
  file: ArchiveFile,
  signal: AbortSignal,
): Promise<string> {
  const { bucket, prefix } = place
  const folder = `${prefix}${file.at.replaceAll(/[:.]/g, '-')}/`
  for (let first = 0; first < keys.length; first += AT_ONCE) {
    await Promise.all(
      keys.slice(first, first + AT_ONCE).map(({ key, name }) =>
        context.aws.s3.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: `${folder}${name}`,
            CopySource: `${bucket}/${key}`.split('/').map(encodeURIComponent).join('/'),
          }),
          { abortSignal: signal },
        ),
      ),
    )
  }
  await context.aws.s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `${folder}${FILE}`,
      Body: JSON.stringify(file),
      ContentType: 'application/json',
    }),
    { abortSignal: signal },
  )
  return folder
}

/** Removes objects that were copied to an archive. */
export async function removeKeys(context: PipelineContext, bucket: string, keys: readonly string[]): Promise<void> {
  for (let first = 0; first < keys.length; first += KEYS_A_CALL) {
    const { Errors: [error] = [] } = await context.aws.s3.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: keys.slice(first, first + KEYS_A_CALL).map(Key => ({ Key })), Quiet: true },
      }),
    )
    if (error) throw new Error(`s3://${bucket}/${error.Key} was not removed: ${error.Code} ${error.Message}`)
  }
}

/**
 * Where archives are: a folder each below `prefix`. `earlier` is where versions before kept them; they are still read.
 */
export interface ArchivePlace {
  bucket: string
  prefix: string
  earlier: string
}

/** The place beside the folder of a checkpoint, `…/query/`: `…/query.archive/`. */
export function archiveBeside(bucket: string, folder: string): ArchivePlace {
  const name = folder.slice(0, -1)
  return { bucket, prefix: `${name}.archive/`, earlier: `${name}.aside/` }
}

/** Where checkpoints of the pipeline's query are archived. */
export function archiveOf(context: PipelineContext): ArchivePlace {
  const { bucket, prefixes, query } = jobLocation(context)
  return archiveBeside(bucket, checkpointPrefix(prefixes, query))
}

/** Archived checkpoints of a place, newest first. */
export async function listArchived(
  context: PipelineContext,
  { bucket, prefix, earlier }: ArchivePlace,
  signal: AbortSignal,
): Promise<ArchivedCheckpoint[]> {
  const archives = await Promise.all([
    archivesBelow(context, bucket, { prefix, file: FILE }, signal),
    archivesBelow(context, bucket, { prefix: earlier, file: EARLIER_FILE }, signal),
  ])
  return archives
    .flat()
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, SHOWN)
}

async function archivesBelow(
  context: PipelineContext,
  bucket: string,
  { prefix, file }: { prefix: string; file: string },
  signal: AbortSignal,
): Promise<ArchivedCheckpoint[]> {
  const files = (await listKeys(context.aws, bucket, prefix, signal)).filter(key => key.endsWith(`/${file}`))
  return Promise.all(
    files
      .reverse()
      .slice(0, SHOWN)
      .map(async key => {
        const bytes = await readObject(context.aws, bucket, key, signal)
        const folder = key.slice(0, -file.length)
        return {
          ...ArchiveFile.parse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8'))),
          id: folder.slice(prefix.length, -1),
          location: `s3://${bucket}/${folder}`,
        }
      }),
  )
}
