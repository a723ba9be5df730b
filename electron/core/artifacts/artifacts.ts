import { createHash } from 'node:crypto'
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Artifact, artifactsContract } from '../../../shared/features/artifacts.ts'
import { planFile, SPARK_PACKAGE, SPARK_SCRIPT } from '../../../shared/job/arguments.ts'
import { compileJobPlan } from '../../../shared/pipelines/compile/compile.ts'
import { bucketName } from '../../../shared/pipelines/pipeline.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { pipelineDdl } from '../statements/pipeline-ddl.ts'
import { refuseReadOnly } from '../targets/protection.ts'
import { reporter } from '../work/work.ts'
import { sparkPackage } from './spark-package.ts'

export interface ArtifactsDeps {
  contextOf: ContextOf
  clock: Clock
  projectFile: (path: string) => Promise<string>
  projectFiles: (folder: string) => Promise<string[]>
}

/** The object's metadata that says what it was made from. */
const HASH = 'sluice-sha256'

/**
 * Deploys what a pipeline needs in S3: dimensions, SQL, its spec, the job for Spark. By content, so that only what
 * changed goes up.
 */
export function createArtifactsService(deps: ArtifactsDeps): ServiceOf<typeof artifactsContract> {
  return {
    list: async (scope, { signal }) =>
      (await compare(deps, await deps.contextOf(scope), signal)).map(({ artifact }) => artifact),
    async *deploy(scope, { signal }) {
      const context = await deps.contextOf(scope)
      refuseReadOnly(context.target, 'deploying artifacts')
      const compared = await compare(deps, context, signal)
      for (const [index, { artifact, body }] of compared.entries()) {
        const report = reporter(deps.clock, `artifact:${artifact.key}`, `Deploy ${artifact.source}`)
        const fraction = (index + 1) / compared.length
        const total = compared.length
        if (artifact.state === 'same') {
          yield { ...report('skipped', 'is there already', fraction), total }
          continue
        }
        yield { ...report('running', `to s3://${artifact.bucket}/${artifact.key}`, fraction), total }
        await context.aws.s3.send(
          new PutObjectCommand({
            Bucket: artifact.bucket,
            Key: artifact.key,
            Body: body,
            ContentType: contentTypeOf(artifact.key),
            Metadata: { [HASH]: artifact.sha256 },
          }),
          { abortSignal: signal },
        )
        const said = `${artifact.state}, ${artifact.sizeBytes.toLocaleString('en-US')} bytes`
        yield { ...report('done', said, fraction), total }
      }
    },
  }
}

const CONTENT_TYPES: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  py: 'text/x-python; charset=utf-8',
  sql: 'application/sql',
  zip: 'application/zip',
}
const contentTypeOf = (key: string): string => CONTENT_TYPES[key.split('.').at(-1) ?? ''] ?? 'application/octet-stream'

async function compare(
  deps: ArtifactsDeps,
  context: PipelineContext,
  signal: AbortSignal,
): Promise<{ artifact: Artifact; body: Buffer }[]> {
  const { spec, target } = context
  const { prefixes } = spec.buckets.artifacts
  const bucket = bucketName(spec.buckets.artifacts, target)
  const { script } = prefixes
  const text = (source: string, key: string, read = context.files.text) => ({
    source,
    key,
    read: async () => Buffer.from(await read(source)),
  })
  const places = [
    ...spec.dimensions.map(dimension => text(`dims/${dimension.file}`, `${prefixes.dims}${dimension.file}`)),
    ...(await pipelineDdl(context)).map(({ file, text: ddl }) => ({
      source: `sql/${file}`,
      key: `${prefixes.sql}${file}`,
      read: async () => Buffer.from(ddl),
    })),
    {
      source: context.files.spec,
      key: `${script}${planFile(spec.id, spec.job.query)}`,
      read: async () => Buffer.from(`${JSON.stringify(compileJobPlan(spec), undefined, 2)}\n`),
    },
    text('spark/main.py', `${script}${SPARK_SCRIPT}`, deps.projectFile),
    {
      source: 'spark/sluice_spark',
      key: `${script}${SPARK_PACKAGE}`,
      read: () => sparkPackage({ file: deps.projectFile, list: deps.projectFiles }),
    },
  ]
  return Promise.all(
    places.map(async ({ source, key, read }) => {
      const body = await read()
      const sha256 = createHash('sha256').update(body).digest('hex')
      const deployed = await deployedHash(context, bucket, key, signal)
      const state = deployed === undefined ? 'new' : deployed === sha256 ? 'same' : 'changed'
      return { body, artifact: { source, bucket, key, sizeBytes: body.length, sha256, state } }
    }),
  )
}

/** What the object there was made from; empty when somebody else put it; undefined when there is none. */
async function deployedHash(
  { aws }: PipelineContext,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { Metadata } = await aws.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal })
    return Metadata?.[HASH] ?? ''
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
