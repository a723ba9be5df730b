import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { DeployedVersion } from '../../../shared/features/artifacts.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { artifactsBucket, type Current, readPointer, readVersion, sameFiles } from '../deployed/versions.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { PipelineContext, ProjectFiles } from '../pipeline-context.ts'
import { putWheelhouse } from '../wheelhouse/put-wheelhouse.ts'
import { wheelhouseOf } from '../wheelhouse/wheelhouse.ts'
import { reporter } from '../work/work.ts'
import { refuseUnlessShown, switchTo, writeVersion } from './current-version.ts'
import { described, type FileHere, filesHere } from './files-here.ts'

/** The commit that this program's files are of; undefined where they are in no work tree. */
export type WorkTree = (signal: AbortSignal) => Promise<{ id: string; changed: boolean } | undefined>

export interface DeployDeps {
  clock: Clock
  project: ProjectFiles
  workTree: WorkTree
}

/** The object's metadata that says the hash of its content. */
const HASH = 'sluice-sha256'

/**
 * Uploads what the bucket has not, writes the version that lists it all, and then makes that current. Whatever ends
 * it before the last write, the current version is what it was, and whole.
 */
export async function* deploy(
  { clock, project, workTree }: DeployDeps,
  context: PipelineContext,
  asked: { shown?: string | null | undefined; wheelhouse: boolean },
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const before = await readPointer(context, signal)
  refuseUnlessShown(asked.shown, before)
  const current = before && (await readVersion(context, before.pointer.version, signal))
  const here = await filesHere(project, context)
  const total = here.length + (asked.wheelhouse ? 1 : 0) + 1
  for (const [index, file] of here.entries()) {
    for await (const event of upload(clock, context, file, (index + 1) / total, signal)) yield { ...event, total }
  }
  let wheelhouse: string | null = null
  if (asked.wheelhouse) {
    const found = wheelhouseOf(context.spec)
    if ('none' in found) throw new ExpectedError({ code: 'invalid_input', message: found.none, retryable: false })
    wheelhouse = found.id
    const report = reporter(clock, 'wheelhouse', `Deploy the packages ${found.id}`)
    let brought = false
    for await (const { doing, fraction } of putWheelhouse(context, found, signal)) {
      brought = true
      yield { ...report('running', doing, fraction), total }
    }
    const said = `${found.wheels.length} wheels for Python ${found.python} on ${found.architecture}`
    yield { ...report(brought ? 'done' : 'skipped', brought ? said : `${said} are there already`), total }
  }
  const makeCurrent = reporter(clock, 'current', 'Make it current')
  if (current && sameFiles(current.files, here) && current.wheelhouse === wheelhouse) {
    yield { ...makeCurrent('skipped', `${current.id} is the same, and is current`, 1), total }
    return
  }
  const version = await describeVersion({ clock, workTree }, context, { here, wheelhouse, before }, signal)
  await writeVersion(context, version, signal)
  yield { ...makeCurrent('running', version.id), total }
  await switchTo(context, { format: 1, version: version.id, at: version.at, by: version.by }, before, signal)
  yield { ...makeCurrent('done', `${version.id} is current`, 1), total }
}

async function describeVersion(
  { clock, workTree }: Omit<DeployDeps, 'project'>,
  context: PipelineContext,
  of: { here: FileHere[]; wheelhouse: string | null; before: Current | undefined },
  signal: AbortSignal,
): Promise<DeployedVersion> {
  const at = new Date(clock.now()).toISOString()
  const files = of.here.map(described)
  const content = await digest(JSON.stringify([files, of.wheelhouse, of.before?.pointer, at]))
  return {
    format: 1,
    id: `${at.replaceAll(/[-:.]/g, '')}-${content.slice(0, 8)}`,
    pipeline: context.spec.id,
    at,
    by: await whoAmI(context, signal),
    commit: (await workTree(signal)) ?? null,
    before: of.before?.pointer.version ?? null,
    files,
    wheelhouse: of.wheelhouse,
  }
}

const digest = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex')

async function whoAmI({ aws }: PipelineContext, abortSignal: AbortSignal): Promise<string> {
  const { Arn } = await aws.sts.send(new GetCallerIdentityCommand({}), { abortSignal })
  return Arn ?? ''
}

async function* upload(
  clock: Clock,
  context: PipelineContext,
  file: FileHere,
  fraction: number,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const bucket = artifactsBucket(context)
  const report = reporter(clock, `artifact:${file.name}`, `Deploy ${file.source}`)
  if (await hasContent(context, file, signal)) {
    yield report('skipped', 'is there already', fraction)
    return
  }
  yield report('running', `to s3://${bucket}/${file.key}`, fraction)
  await context.aws.s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: file.key,
      Body: file.body,
      ContentType: CONTENT_TYPES[file.key.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      Metadata: { [HASH]: file.sha256 },
    }),
    { abortSignal: signal },
  )
  yield report('done', `${file.sizeBytes.toLocaleString('en-US')} bytes`, fraction)
}

const CONTENT_TYPES: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  py: 'text/x-python; charset=utf-8',
  sql: 'application/sql',
  zip: 'application/zip',
}

/** Whether the object of a file is there, and of its content. */
export async function hasContent(
  context: PipelineContext,
  { key, sha256 }: { key: string; sha256: string },
  abortSignal: AbortSignal,
): Promise<boolean> {
  try {
    const asked = new HeadObjectCommand({ Bucket: artifactsBucket(context), Key: key })
    const { Metadata } = await context.aws.s3.send(asked, { abortSignal })
    return Metadata?.[HASH] === sha256
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/**
 * Makes another version current, of which every file must be there. Nothing is uploaded.
 * @throws ExpectedError `not_found` where there is no such version, none before, or a file of it is gone
 */
export async function* back(
  clock: Clock,
  context: PipelineContext,
  asked: { shown?: string | null | undefined; to?: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const report = reporter(clock, 'current', 'Make another version current')
  const before = await readPointer(context, signal)
  refuseUnlessShown(asked.shown, before)
  const to = asked.to ?? (before && (await readVersion(context, before.pointer.version, signal)).before)
  if (to === undefined || to === null)
    throw new ExpectedError({
      code: 'not_found',
      message: before ? `There is no version before ${before.pointer.version}.` : 'Nothing is deployed.',
      hint: '"sluice deploy --list" and the Artifacts page list what there is.',
      retryable: false,
    })
  if (to === before?.pointer.version) {
    yield report('skipped', `${to} is current`, 1)
    return
  }
  const version = await readVersion(context, to, signal)
  for (const [index, file] of version.files.entries()) {
    yield report('running', `is ${file.name} there?`, index / version.files.length)
    if (await hasContent(context, file, signal)) continue
    throw new ExpectedError({
      code: 'not_found',
      message: `${file.name} of ${to} is no longer in the bucket: that version cannot be made current.`,
      hint: `Nothing was changed. Deploy ${version.commit ? `commit ${version.commit.id}` : 'its files'} again.`,
      retryable: false,
    })
  }
  const by = await whoAmI(context, signal)
  await switchTo(context, { format: 1, version: to, at: new Date(clock.now()).toISOString(), by }, before, signal)
  yield report('done', `${to} is current`, 1)
}
