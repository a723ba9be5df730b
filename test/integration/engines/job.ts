import { AddJobFlowStepsCommand, CancelStepsCommand, DescribeStepCommand } from '@aws-sdk/client-emr'
import { vi } from 'vitest'
import { createLedgerService } from '../../../electron/core/ledger/ledger.ts'
import { createLedgers } from '../../../electron/core/ledgers/ledgers.ts'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import { createBatchProgress } from '../../../electron/core/query-state/batch-progress.ts'
import { jobLocation } from '../../../electron/core/query-state/job-location.ts'
import { createSources } from '../../../electron/core/sources/sources.ts'
import { pipelineDdl } from '../../../electron/core/statements/pipeline-ddl.ts'
import { type CellValue, runStatement, runTransaction } from '../../../electron/core/statements/run-statement.ts'
import { createTraceService } from '../../../electron/core/trace/trace.ts'
import { systemClock } from '../../../electron/hosts/clock.ts'
import { projectFile } from '../../../electron/hosts/project.ts'
import { SANDBOX_ACCOUNT, SANDBOX_REGION, SANDBOX_WAREHOUSE } from '../../../electron/sandbox/place.ts'
import type { Ledger } from '../../../shared/features/ledger.ts'
import type { SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { Trace } from '../../../shared/features/trace.ts'
import {
  EMBEDDED_ENGINE_COMMAND,
  formatJobArguments,
  SPARK_COMMAND,
  SPARK_PACKAGE,
  SPARK_SCRIPT,
} from '../../../shared/job/arguments.ts'
import { checkpointPrefix, progressKey } from '../../../shared/job/layout.ts'
import { BatchCounts, QueryProgress } from '../../../shared/job/progress.ts'
import { compileJobPlan } from '../../../shared/pipelines/compile/compile.ts'
import { splitSqlFile } from '../../../shared/pipelines/compile/redshift/sql-file.ts'
import { type Pipeline, parsePipeline } from '../../../shared/pipelines/pipeline.ts'
import { testPolls } from '../../fixture/open-core.ts'
import { filesOf, readPipeline } from '../../fixture/read-pipeline.ts'
import { ARTIFACTS, BUCKET, PATIENCE, type Sandbox, STREAM } from './sandbox.ts'

/** Small enough that what is sent takes several batches. */
const MAX_RECORDS_PER_BATCH = 400

const SENT_NOTHING: SimulatorStatus = {
  state: 'idle',
  at: new Date(0).toISOString(),
  counts: {
    events: 0,
    made: { duplicates: 0, invalid: 0, late: 0 },
    sent: 0,
    accepted: 0,
    throttled: 0,
    retried: 0,
    unconfirmed: 0,
    foundInStream: 0,
    givenUp: 0,
    pending: 0,
    acceptedBytes: 0,
  },
  rates: { sentPerSecond: 0, acceptedPerSecond: 0, throttledPerSecond: 0, retriedPerSecond: 0, targetPerSecond: null },
}

export type EngineName = 'embedded' | 'spark'
export type Job = Awaited<ReturnType<typeof createJob>>

/**
 * A pipeline of its own on the stream of all: its schema in the warehouse, its checkpoint and files, and a step that
 * one engine or the other runs.
 */
export async function createJob(sandbox: Sandbox, name: string) {
  const spec = await specOf(name)
  const { aws, target } = sandbox
  const context: PipelineContext = {
    spec,
    target,
    aws,
    polls: testPolls(target),
    stateDir: '',
    files: filesOf('food-delivery'),
  }
  const sql = async (statement: string): Promise<CellValue[][]> => (await runStatement(context, statement)).rows
  await sandbox.put(ARTIFACTS, `${name}.plan.json`, JSON.stringify(compileJobPlan(spec)))
  await runTransaction(context, await ddl(spec))
  const step = createStep(sandbox, name)

  return {
    start: step.start,
    /** Ends the job after its batch. */
    stop: () => step.end('SEND_INTERRUPT'),
    /** Ends the job where it is: SIGKILL to its processes. */
    kill: () => step.end('TERMINATE_PROCESS'),
    /** Resolves once so many rows are in committed batches; fails at once when the step has failed. */
    async hasCommitted(rows: number): Promise<void> {
      for (const deadline = Date.now() + PATIENCE.timeout; ; ) {
        const [[read] = []] = await sql(`select coalesce(sum(read_rows), 0) from ${spec.sink.schema}.sluice_batches`)
        if (Number(read) >= rows) return
        const status = await step.status()
        if (status?.State === 'FAILED') throw new Error(`${name} failed: ${JSON.stringify(status.FailureDetails)}`)
        if (Date.now() > deadline)
          throw new Error(`${name} has committed ${read} of ${rows} rows; its step is ${status?.State}`)
        await new Promise(resolve => setTimeout(resolve, PATIENCE.interval))
      }
    },
    ...checkpointOf(sandbox, context),
    ...filesWritten(sandbox, context),
    ...rowsLoaded(spec, sql),
    ...asShown(sandbox, context),
  }
}

/** The food-delivery pipeline with a query and a schema of the job's own. */
async function specOf(name: string): Promise<Pipeline> {
  const { source, job, sink, buckets, ...rest } = await readPipeline('food-delivery')
  const changed = {
    ...rest,
    source: { ...source, stream: STREAM },
    job: { ...job, query: name },
    sink: { ...sink, schema: `fact_of_${name}` },
    buckets: { ...buckets, streaming: { ...buckets.streaming, name: BUCKET } },
  }
  return parsePipeline(JSON.stringify(changed), name)
}

function commandOf(name: string, engine: EngineName): string[] {
  const { workgroupName: _, ...warehouse } = SANDBOX_WAREHOUSE
  const args = formatJobArguments({
    plan: `s3://${ARTIFACTS}/${name}.plan.json`,
    region: SANDBOX_REGION,
    stream: STREAM,
    bucket: BUCKET,
    ...warehouse,
    copyRole: `arn:aws:iam::${SANDBOX_ACCOUNT}:role/copy`,
    triggerMs: 200,
    maxRecordsPerBatch: MAX_RECORDS_PER_BATCH,
    startingPosition: 'TRIM_HORIZON',
  })
  if (engine === 'embedded') return [EMBEDDED_ENGINE_COMMAND, ...args]
  const zip = `s3://${ARTIFACTS}/${SPARK_PACKAGE}`
  return [SPARK_COMMAND, '--py-files', zip, `s3://${ARTIFACTS}/${SPARK_SCRIPT}`, ...args]
}

/** The newest step of the job on the cluster of all. */
function createStep({ aws, clusterId }: Sandbox, name: string) {
  let stepId = ''

  async function status() {
    const { Step } = await aws.emr.send(new DescribeStepCommand({ ClusterId: clusterId, StepId: stepId }))
    return Step?.Status
  }

  return {
    status,
    async start(engine: EngineName): Promise<void> {
      const step = {
        Name: `${name} on ${engine}`,
        ActionOnFailure: 'CONTINUE' as const,
        HadoopJarStep: { Jar: 'command-runner.jar', Args: commandOf(name, engine) },
      }
      const { StepIds } = await aws.emr.send(new AddJobFlowStepsCommand({ JobFlowId: clusterId, Steps: [step] }))
      stepId = StepIds?.[0] ?? ''
    },
    async end(how: 'SEND_INTERRUPT' | 'TERMINATE_PROCESS'): Promise<void> {
      await aws.emr.send(
        new CancelStepsCommand({ ClusterId: clusterId, StepIds: [stepId], StepCancellationOption: how }),
      )
      await vi.waitFor(async () => {
        const now = await status()
        if (!['CANCELLED', 'COMPLETED', 'FAILED'].includes(now?.State ?? ''))
          throw new Error(`${name} is ${now?.State}`)
      }, PATIENCE)
    },
  }
}

function checkpointOf(sandbox: Sandbox, context: PipelineContext) {
  const { prefixes, query } = jobLocation(context)
  const folder = `${checkpointPrefix(prefixes, query)}commits/`
  const committed = async () =>
    [...(await sandbox.objects(folder)).keys()].map(key => Number(key.split('/').at(-1))).sort((a, b) => a - b)
  return {
    /**
     * Takes the newest commit out of the checkpoint of a job that has ended: as if it had been killed between the
     * batch's transaction and its commit. Gives the id of the batch, which is open then.
     */
    async reopenNewestBatch(): Promise<number> {
      const newest = Math.max(...(await committed()))
      await sandbox.remove(`${folder}${newest}`)
      return newest
    },
    /** Batches that are committed in the checkpoint. */
    committedBatches: committed,
  }
}

function filesWritten(sandbox: Sandbox, context: PipelineContext) {
  const { prefixes, query } = jobLocation(context)
  return {
    /** Quarantined lines of a kind, in the order of their records, byte for byte. */
    async quarantine(kind: 'invalid' | 'late'): Promise<string[]> {
      const files = await sandbox.objects(`${prefixes.quarantine}${query}/${kind}/`)
      return [...files.values()].flatMap(text => text.split('\n').filter(line => line !== '')).sort()
    },
    /** All files of the quarantine and of the staging area, by key. */
    files: async (): Promise<Map<string, string>> =>
      new Map([
        ...(await sandbox.objects(`${prefixes.quarantine}${query}/`)),
        ...(await sandbox.objects(`${prefixes.staging}${query}/`)),
      ]),
    /** What the engines reported of a batch; undefined when they reported nothing. */
    async progress(batchId: number): Promise<QueryProgress | undefined> {
      const key = progressKey(prefixes, query, batchId)
      const text = (await sandbox.objects(key)).get(key)
      return text === undefined ? undefined : QueryProgress.parse(JSON.parse(text))
    },
  }
}

function rowsLoaded({ sink }: Pipeline, sql: (statement: string) => Promise<CellValue[][]>) {
  const { schema } = sink
  return {
    /** The rows of the fact table, each as text by column, sorted; without the batch, which ends elsewhere. */
    async rows(): Promise<string[]> {
      const columns = sink.columns.map(column => column.name).filter(column => column !== 'batch_id')
      const found = await sql(
        `select ${columns.map(column => `cast(${column} as varchar(65535))`).join(', ')} from ${schema}.factOrders`,
      )
      return found
        .map(row => columns.map((column, place) => `${column}=${JSON.stringify(row[place])}`).join(' '))
        .sort()
    },
    /** The batch table's rows: batch id, and the counts of the batch. */
    async batches(): Promise<Map<number, BatchCounts>> {
      const found = await sql(
        'select batch_id, read_rows, invalid_rows, late_rows, duplicate_rows_in_batch, staged_rows, ' +
          `duplicate_rows_matched, loaded_rows from ${schema}.sluice_batches order by batch_id`,
      )
      return new Map(
        found.map(row => {
          const [batchId = 0, read, invalid, late, duplicatesInBatch, staged, duplicatesMatched, loaded] =
            row.map(Number)
          return [
            batchId,
            BatchCounts.parse({ read, invalid, late, duplicatesInBatch, staged, duplicatesMatched, loaded }),
          ]
        }),
      )
    },
    /** Records of the stream in each batch, by the batch table. */
    async records(): Promise<Map<number, number>> {
      const found = await sql(`select batch_id, kinesis_records from ${schema}.sluice_batches`)
      return new Map(found.map(row => row.map(Number) as [number, number]))
    },
  }
}

/** What a console shows whose simulator has sent nothing. */
function asShown(sandbox: Sandbox, context: PipelineContext) {
  const deps = {
    contextOf: async () => context,
    clock: systemClock,
    batches: createBatchProgress(),
    sourceOf: createSources(systemClock),
    ledgerOf: createLedgers(systemClock),
  }
  const scope = { target: context.target.id, pipeline: context.spec.id }
  const { signal } = new AbortController()
  return {
    ledger: (): Promise<Ledger> =>
      createLedgerService({
        ...deps,
        simulator: { status: async () => SENT_NOTHING, samples: async () => [] },
      }).read(scope, { signal }),
    /** One order's life. */
    trace: (key: string): Promise<Trace> =>
      createTraceService({ ...deps, samples: async () => [...sandbox.samples] }).find({ ...scope, key }, { signal }),
  }
}

/** The DDL of the pipeline, for its schema of another name. */
async function ddl(spec: Pipeline): Promise<string[]> {
  const text = async (path: string) => (await projectFile(path)).replaceAll('food_delivery_datamart', spec.sink.schema)
  const files = await pipelineDdl({ spec, files: { spec: '', text } })
  return files.flatMap(file => splitSqlFile(file.text))
}
