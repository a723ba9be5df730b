import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { DeployedVersion } from '../../../shared/features/artifacts.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import {
  artifactsBucket,
  type Current,
  type Pointer,
  pointerKey,
  readPointer,
  readVersion,
  versionKey,
  versionsPrefix,
} from '../deployed/versions.ts'
import { listKeys } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/** Of so many versions the newest are read for a list. */
const LISTED = 30

/** The versions that there are, newest first: an id begins with its time. */
export async function listVersions(
  context: PipelineContext,
  signal: AbortSignal,
): Promise<{ versions: DeployedVersion[]; older: number }> {
  const prefix = `${versionsPrefix(context)}versions/`
  const keys = await listKeys(context.aws, artifactsBucket(context), prefix, signal)
  const ids = keys.map(key => key.slice(prefix.length, -'.json'.length)).reverse()
  const versions = await Promise.all(ids.slice(0, LISTED).map(id => readVersion(context, id, signal)))
  return { versions, older: Math.max(0, ids.length - LISTED) }
}

/** A version is written once: with a name that is there already, S3 refuses it. */
export async function writeVersion(
  context: PipelineContext,
  version: DeployedVersion,
  signal: AbortSignal,
): Promise<void> {
  try {
    await putJson(context, versionKey(context, version.id), version, { IfNoneMatch: '*' }, signal)
  } catch (error) {
    if (!isRefusedWrite(error)) throw error
    // An answer that was lost: the client asked again, and found what it had written itself.
    const there = await readVersion(context, version.id, signal)
    if (there.at !== version.at || there.by !== version.by) throw error
  }
}

/**
 * Makes a version current, if the one that was current is so still: S3 refuses the write otherwise (S3 User Guide,
 * "How to prevent object overwrites with conditional writes": 412, or 409 while another write is under way).
 * @throws ExpectedError `conflict` that names the version that is current now
 */
export async function switchTo(
  context: PipelineContext,
  pointer: Pointer,
  before: Current | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    const only = before ? { IfMatch: before.etag } : { IfNoneMatch: '*' }
    await putJson(context, pointerKey(context), pointer, only, signal)
  } catch (error) {
    if (!isRefusedWrite(error)) throw error
    const now = await readPointer(context, signal)
    // An answer that was lost: the client asked again, and found what it had written itself.
    if (now && now.pointer.version === pointer.version && now.pointer.at === pointer.at) return
    throw deployedMeanwhile(now?.pointer, error)
  }
}

const REFUSED_WRITES = new Set(['PreconditionFailed', 'ConditionalRequestConflict'])
const isRefusedWrite = (error: unknown): boolean =>
  error instanceof Error && (REFUSED_WRITES.has(error.name) || /^(?:NotFound|NoSuchKey)$/.test(error.name))

/** @throws ExpectedError `conflict` where another version is current than the one that was shown */
export function refuseUnlessShown(shown: string | null | undefined, current: Current | undefined): void {
  if (shown === undefined || shown === (current?.pointer.version ?? null)) return
  throw deployedMeanwhile(current?.pointer)
}

const deployedMeanwhile = (now: Pointer | undefined, cause?: unknown): ExpectedError =>
  new ExpectedError(
    {
      code: 'conflict',
      reason: 'changed_since',
      message: now
        ? `Another deployment was faster: ${now.version} is current since ${now.at}, by ${now.by}.`
        : 'What was current is gone from the bucket.',
      hint: 'It was left as it is. See how it differs, then deploy again.',
      retryable: true,
    },
    { cause },
  )

async function putJson(
  context: PipelineContext,
  key: string,
  value: object,
  only: { IfMatch: string } | { IfNoneMatch: string },
  abortSignal: AbortSignal,
): Promise<void> {
  await context.aws.s3.send(
    new PutObjectCommand({
      Bucket: artifactsBucket(context),
      Key: key,
      Body: `${JSON.stringify(value, undefined, 2)}\n`,
      ContentType: 'application/json',
      ...only,
    }),
    { abortSignal },
  )
}
