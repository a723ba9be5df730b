import { parseArgs } from 'node:util'
import { z } from 'zod'

/** What a job is started with, on every engine. S3 places are `s3://bucket/prefix`. */
export const JobArguments = z.strictObject({
  /** The job plan, as the artifacts were deployed. */
  plan: z.string().startsWith('s3://'),
  region: z.string(),
  stream: z.string(),
  /** The bucket that the plan's prefixes are in. */
  bucket: z.string(),
  /** One of `clusterIdentifier` (with `dbUser`) and `workgroupName`. */
  clusterIdentifier: z.string().optional(),
  workgroupName: z.string().optional(),
  database: z.string(),
  dbUser: z.string().optional(),
  /** The role that COPY reads the staging prefix as. */
  copyRole: z.string(),
  triggerMs: z.coerce.number().int().min(0),
  maxRecordsPerBatch: z.coerce.number().int().min(1),
  startingPosition: z.enum(['TRIM_HORIZON', 'LATEST']).default('TRIM_HORIZON'),
})
export type JobArguments = z.infer<typeof JobArguments>
/** Of these, what the kind of the source says, and what the kind of the sink says. */
export type SourceArguments = Pick<JobArguments, 'stream' | 'startingPosition'>
export type SinkArguments = Pick<
  JobArguments,
  'clusterIdentifier' | 'workgroupName' | 'database' | 'dbUser' | 'copyRole'
>

/** `--max-records-per-batch` for `maxRecordsPerBatch`. */
const flagOf = (member: string): string => member.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** The command line of a job: `--plan s3://... --trigger-ms 1000 ...`, in the order of the schema. */
export function formatJobArguments(values: JobArguments): string[] {
  return Object.keys(JobArguments.shape).flatMap(member => {
    const value = values[member as keyof JobArguments]
    return value === undefined ? [] : [`--${flagOf(member)}`, String(value)]
  })
}

/**
 * The opposite of `formatJobArguments`.
 * @throws Error that names each unknown, missing or unusable argument
 */
export function parseJobArguments(argv: string[]): JobArguments {
  const members = Object.keys(JobArguments.shape)
  const options = Object.fromEntries(members.map(member => [flagOf(member), { type: 'string' as const }]))
  const { values } = parseArgs({ args: argv, options, strict: true })
  const parsed = JobArguments.safeParse(
    Object.fromEntries(
      members.map(member => [member, values[flagOf(member)]]).filter(([, value]) => value !== undefined),
    ),
  )
  if (!parsed.success) throw new Error(`The job's arguments cannot be used:\n${z.prettifyError(parsed.error)}`)
  if (!parsed.data.clusterIdentifier === !parsed.data.workgroupName) {
    throw new Error('Give the job one of --cluster-identifier (with --db-user) and --workgroup-name.')
  }
  return parsed.data
}

/** The first argument of an EMR step (`command-runner.jar`) that runs it on Spark. */
export const SPARK_COMMAND = 'spark-submit'
/**
 * The job for Spark, below the script prefix of the artifacts: what spark-submit runs, and what it is given as
 * `--py-files`.
 */
export const SPARK_SCRIPT = 'main.py'
export const SPARK_PACKAGE = 'sluice_spark.zip'
/** The job plan of a query, beside them. */
export const planFile = (pipeline: string, query: string): string => `${pipeline}.${query}.plan.json`
/** The first argument of an EMR step (`command-runner.jar`) that the sandbox runs on the embedded engine. */
export const EMBEDDED_ENGINE_COMMAND = 'sluice-embedded-engine'
