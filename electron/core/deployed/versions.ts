import { GetObjectCommand } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { type DeployedFile, DeployedVersion } from '../../../shared/features/artifacts.ts'
import { bucketName } from '../../../shared/pipelines/pipeline.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/** Which version is current. The only object of a deployment that is ever written again. */
const Pointer = z.object({ format: z.literal(1), version: z.string(), at: z.iso.datetime(), by: z.string() })
export type Pointer = z.infer<typeof Pointer>

/** The pointer as it was read, and by what a write over it proves that nobody else has written it since. */
export interface Current {
  pointer: Pointer
  etag: string
}

export const artifactsBucket = ({ spec, target }: PipelineContext): string => bucketName(spec.buckets.artifacts, target)

/** Where what is known of a pipeline's deployments is, in the bucket of its artifacts. */
export const versionsPrefix = ({ spec }: PipelineContext): string => `deployments/${spec.id}/`
export const pointerKey = (context: PipelineContext): string => `${versionsPrefix(context)}current.json`
export const versionKey = (context: PipelineContext, id: string): string =>
  `${versionsPrefix(context)}versions/${id}.json`

/** The current version's pointer; undefined where nothing is deployed. */
export async function readPointer(context: PipelineContext, signal: AbortSignal): Promise<Current | undefined> {
  const found = await readText(context, pointerKey(context), signal)
  return found && { pointer: Pointer.parse(JSON.parse(found.text)), etag: found.etag }
}

/** @throws ExpectedError `not_found` */
export async function readVersion(context: PipelineContext, id: string, signal: AbortSignal): Promise<DeployedVersion> {
  const found = await readText(context, versionKey(context, id), signal)
  if (found) return DeployedVersion.parse(JSON.parse(found.text))
  throw new ExpectedError({
    code: 'not_found',
    message: `There is no deployed version ${id} of ${context.spec.title}.`,
    hint: '"sluice deploy --list" and the Artifacts page list those that there are.',
    retryable: false,
  })
}

/**
 * The files of the current version. Their keys never have another content, so who has taken them keeps what he
 * started with, whatever is deployed meanwhile.
 * @throws ExpectedError `not_found` where nothing is deployed
 */
export async function currentFiles(context: PipelineContext, signal: AbortSignal): Promise<CurrentFiles> {
  const current = await readPointer(context, signal)
  if (!current) throw nothingDeployed(context)
  const version = await readVersion(context, current.pointer.version, signal)
  const bucket = artifactsBucket(context)
  return {
    version,
    bucket,
    keyOf(name) {
      const file = version.files.find(entry => entry.name === name)
      if (file) return file.key
      throw new ExpectedError({
        code: 'not_found',
        message: `The deployed version ${version.id} of ${context.spec.title} has no ${name}.`,
        hint: 'Deploy the artifacts again: the pipeline has changed since.',
        retryable: false,
      })
    },
  }
}

export interface CurrentFiles {
  version: DeployedVersion
  bucket: string
  /** The key of a file by its name. @throws ExpectedError `not_found` */
  keyOf(name: string): string
}

const nothingDeployed = (context: PipelineContext): ExpectedError =>
  new ExpectedError({
    code: 'not_found',
    message: `Nothing is deployed to s3://${artifactsBucket(context)} for ${context.spec.title}.`,
    hint: 'Deploy the artifacts first: on the Artifacts page, or with "sluice deploy".',
    retryable: false,
  })

/** The text of an object of the artifacts' bucket; undefined where it is not there. */
export async function readText(
  context: PipelineContext,
  key: string,
  signal: AbortSignal,
): Promise<{ text: string; etag: string } | undefined> {
  try {
    const { Body, ETag = '' } = await context.aws.s3.send(
      new GetObjectCommand({ Bucket: artifactsBucket(context), Key: key }),
      { abortSignal: signal },
    )
    return { text: (await Body?.transformToString()) ?? '', etag: ETag }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** The names that files have in every version, by the part of the bucket that they are in. */
export const fileNames = {
  dimension: (file: string): string => `dims/${file}`,
  sql: (file: string): string => `sql/${file}`,
  script: (file: string): string => `pyspark_script/${file}`,
}

/** The key of content below a prefix: its hash comes first, so that no other content has the same key. */
export const contentKey = (prefix: string, sha256: string, file: string): string =>
  `${prefix}${sha256.slice(0, 16)}/${file}`

export const sameFiles = (one: readonly DeployedFile[], other: readonly DeployedFile[]): boolean => {
  const text = (files: readonly DeployedFile[]) =>
    files
      .map(file => `${file.name} ${file.key}`)
      .sort()
      .join('\n')
  return text(one) === text(other)
}
