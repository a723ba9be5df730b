import { createHash } from 'node:crypto'
import type { DeployedFile } from '../../../shared/features/artifacts.ts'
import { planFile, SPARK_PACKAGE, SPARK_SCRIPT } from '../../../shared/job/arguments.ts'
import { compileJobPlan } from '../../../shared/pipelines/compile/compile.ts'
import { contentKey, fileNames } from '../deployed/versions.ts'
import type { PipelineContext, ProjectFiles } from '../pipeline-context.ts'
import { pipelineDdl } from '../statements/pipeline-ddl.ts'
import { sparkPackage } from './spark-package.ts'

export interface FileHere extends DeployedFile {
  body: Buffer
}

/** What a deploy would deploy: dimensions, SQL, the job's plan, and the job for Spark. */
export async function filesHere(project: ProjectFiles, context: PipelineContext): Promise<FileHere[]> {
  const { spec, files } = context
  const { dims, sql, script } = spec.buckets.artifacts.prefixes
  const plan = planFile(spec.id, spec.job.query)
  const places: { name: string; source: string; prefix: string; file: string; body: Promise<Buffer> }[] = [
    ...spec.dimensions.map(({ file }) => ({
      name: fileNames.dimension(file),
      source: `dims/${file}`,
      prefix: dims,
      file,
      body: files.text(`dims/${file}`).then(text => Buffer.from(text)),
    })),
    ...(await pipelineDdl(context)).map(({ file, text }) => ({
      name: fileNames.sql(file),
      source: `sql/${file}`,
      prefix: sql,
      file,
      body: Promise.resolve(Buffer.from(text)),
    })),
    {
      name: fileNames.script(plan),
      source: files.spec,
      prefix: script,
      file: plan,
      body: Promise.resolve(Buffer.from(`${JSON.stringify(compileJobPlan(spec), undefined, 2)}\n`)),
    },
    {
      name: fileNames.script(SPARK_SCRIPT),
      source: 'spark/main.py',
      prefix: script,
      file: SPARK_SCRIPT,
      body: project.file('spark/main.py').then(text => Buffer.from(text)),
    },
    {
      name: fileNames.script(SPARK_PACKAGE),
      source: 'spark/sluice_spark',
      prefix: script,
      file: SPARK_PACKAGE,
      body: sparkPackage(project),
    },
  ]
  return Promise.all(
    places.map(async ({ name, source, prefix, file, body: reading }) => {
      const body = await reading
      const sha256 = createHash('sha256').update(body).digest('hex')
      return { name, source, key: contentKey(prefix, sha256, file), sizeBytes: body.length, sha256, body }
    }),
  )
}

/** What the manifest says of a file. */
export const described = ({ name, source, key, sizeBytes, sha256 }: FileHere): DeployedFile => ({
  name,
  source,
  key,
  sizeBytes,
  sha256,
})
