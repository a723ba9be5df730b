import { DescribeStatementCommand, ExecuteStatementCommand, ListStatementsCommand } from '@aws-sdk/client-redshift-data'
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { jobLocation } from '../../../electron/core/aws/job-location.ts'
import { listKeys } from '../../../electron/core/aws/read-object.ts'
import { stagingPrefix } from '../../../shared/job/layout.ts'
import type { Pipeline } from '../../fixture/open-pipeline.ts'
import { type RunningJob, until } from './running-job.ts'

/** A staged file that was taken away under a COPY, which has failed. */
export interface TakenAway {
  batchId: number
  /** Redshift's words. */
  failure: string
  putBack: () => Promise<void>
}

/**
 * Makes the COPY of a batch fail: a session of its own holds the lock that the batch's transaction waits for, and meanwhile the staged file is
 * deleted.
 */
export async function failCopy(pipeline: Pipeline, job: RunningJob): Promise<TakenAway> {
  const { aws, spec } = pipeline
  const { bucket, prefixes, query } = jobLocation(pipeline.context)
  const batches = `${spec.sink.schema}.${spec.sink.batchTable}`
  const session = await openTransaction(pipeline)
  await session.run(`lock ${batches}`)
  const [[newest] = []] = await pipeline.rows(`select coalesce(max(batch_id), -1) from ${batches}`)
  const { batchId, key } = await until('a staged file of an open batch', async () => {
    const open = await job.open()
    if (open === undefined || open <= Number(newest)) return undefined
    const prefix = stagingPrefix(prefixes, query, open)
    const [found] = await listKeys(aws, bucket, prefix)
    return found === undefined ? undefined : { batchId: open, key: found }
  })
  const staged = await aws.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  const Body = await staged.Body?.transformToByteArray()
  await aws.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
  await session.run('rollback')
  const failure = await until(`a failed transaction of batch ${batchId}`, async () => failureOf(pipeline, batchId))
  return {
    batchId,
    failure,
    putBack: async () => {
      await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }))
    },
  }
}

async function failureOf({ aws }: Pipeline, batchId: number): Promise<string | undefined> {
  const { Statements = [] } = await aws.redshiftData.send(new ListStatementsCommand({ Status: 'FAILED' }))
  const failed = Statements.find(({ StatementName }) => StatementName?.endsWith(`/${batchId}`))
  if (!failed?.Id) return undefined
  const { Error: said = '' } = await aws.redshiftData.send(new DescribeStatementCommand({ Id: failed.Id }))
  return said
}

/** A transaction that stays open between its statements. */
async function openTransaction({
  aws,
  context: {
    target: { warehouse },
  },
}: Pipeline) {
  const place = { ClusterIdentifier: warehouse.clusterIdentifier, Database: warehouse.database, DbUser: warehouse.dbUser }
  const ended = (id: string | undefined) =>
    until('the end of a statement', async () => {
      const { Status, Error: said } = await aws.redshiftData.send(new DescribeStatementCommand({ Id: id }))
      if (Status === 'FAILED' || Status === 'ABORTED') throw new Error(said)
      return Status === 'FINISHED' || undefined
    })
  const begun = await aws.redshiftData.send(new ExecuteStatementCommand({ ...place, Sql: 'begin', SessionKeepAliveSeconds: 300 }))
  await ended(begun.Id)
  return {
    async run(Sql: string): Promise<void> {
      const { Id } = await aws.redshiftData.send(new ExecuteStatementCommand({ Sql, SessionId: begun.SessionId }))
      await ended(Id)
    },
  }
}
