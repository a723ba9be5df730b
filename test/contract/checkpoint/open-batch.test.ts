import { DisableEnhancedMonitoringCommand } from '@aws-sdk/client-kinesis'
import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand,
} from '@aws-sdk/client-redshift-data'
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CheckName, Preflight } from '../../../shared/features/checkpoint.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { parseCheckpointMetadata } from '../../../shared/job/checkpoint.ts'
import { all, failure, SCOPE, value } from '../../fixture/open-core.ts'
import { openPipeline, type Pipeline } from './pipeline-under-test.ts'

const FOLDER = 'stream-checkpointing/kinesisToRedshift/'
const RESET = { ...SCOPE, confirm: 'food-delivery', why: 'a test' }
const BATCHES = 'food_delivery_datamart.sluice_batches'
const PLACE = { ClusterIdentifier: 'sluice', Database: 'dev', DbUser: 'awsuser' }

let pipeline: Pipeline
const verdict = (preflight: Preflight, check: CheckName) => preflight.verdicts.find(entry => entry.check === check)

/** Runs a statement to its end; gives its session. */
async function run(
  Sql: string,
  session: { SessionId: string } | { SessionKeepAliveSeconds: number } | object = {},
): Promise<string> {
  const place = 'SessionId' in session ? {} : PLACE
  const { Id, SessionId = '' } = await pipeline.aws.redshiftData.send(
    new ExecuteStatementCommand({ ...place, ...session, Sql }),
  )
  await expect.poll(() => statusOf(Id ?? '')).toBe('FINISHED')
  return SessionId
}
const statusOf = async (Id: string) =>
  (await pipeline.aws.redshiftData.send(new DescribeStatementCommand({ Id }))).Status

async function metadata() {
  const { Body } = await pipeline.aws.s3.send(
    new GetObjectCommand({ Bucket: pipeline.bucket, Key: `${FOLDER}metadata` }),
  )
  return parseCheckpointMetadata((await Body?.transformToString()) ?? '')
}

/** Leaves the newest batch as a kill between its transaction and its commit does. Gives its id. */
async function reopenNewestBatch(): Promise<number> {
  const batchId = (await pipeline.preflight()).committed?.batchId ?? -1
  await pipeline.aws.s3.send(new DeleteObjectCommand({ Bucket: pipeline.bucket, Key: `${FOLDER}commits/${batchId}` }))
  return batchId
}

/* Every test has a pipeline whose job has committed at least two batches and ended. */
describe('a checkpoint with a batch that was planned and not committed', () => {
  beforeEach(async () => {
    pipeline = await openPipeline()
    await pipeline.provision()
    await pipeline.start()
    for (const orders of [400, 300]) {
      await pipeline.send(orders)
      await expect.poll(async () => (await pipeline.ledger()).closes, { timeout: 30_000 }).toBe(true)
    }
    await pipeline.drain()
  })
  afterEach(() => pipeline.close())

  it('is reset only when the warehouse has ended its transaction, and what that loaded is counted', async () => {
    const batchId = await reopenNewestBatch()
    const { id } = await metadata()
    const isIt = `query_id = '${id}' and batch_id = ${batchId}`
    await run(`create table food_delivery_datamart.kept as select * from ${BATCHES} where ${isIt}`)
    await run(`delete from ${BATCHES} where ${isIt}`)
    // Another session holds the lock, so the transaction that the killed job left behind waits.
    const SessionId = await run('begin', { SessionKeepAliveSeconds: 60 })
    await run(`lock ${BATCHES}`, { SessionId })
    const left = await pipeline.aws.redshiftData.send(
      new BatchExecuteStatementCommand({
        ...PLACE,
        StatementName: `${id}/${batchId}`,
        Sqls: [`lock ${BATCHES}`, `insert into ${BATCHES} select * from food_delivery_datamart.kept`],
      }),
    )
    await expect.poll(() => statusOf(left.Id ?? '')).toBe('STARTED')

    const events: WorkEvent[] = []
    let isDone = false
    const reset = (async () => {
      for await (const event of pipeline.core.checkpoint.reset({ ...RESET, from: { kind: 'now' } }))
        events.push(value(event))
      isDone = true
    })()
    await expect.poll(() => events.at(-1)?.detail, { timeout: 20_000 }).toContain('its transaction still runs')
    const before = pipeline.sleeps()
    await expect.poll(pipeline.sleeps).toBeGreaterThan(before + 3)
    expect(isDone).toBe(false)
    expect((await metadata()).id).toBe(id)
    await run('commit', { SessionId })
    await reset
    expect(await statusOf(left.Id ?? '')).toBe('FINISHED')
    expect(events.find(event => event.step === 'settle-warehouse' && event.state === 'done')?.detail).toBe(
      'its transaction has ended',
    )
    // The batch counts as read: what it loaded is neither missing nor passed over.
    expect((await metadata()).sluice?.beginning).toMatchObject({ skipped: 0, counted: true })
    await pipeline.start()
    await pipeline.drain()
    expect(await pipeline.ledger()).toMatchObject({ difference: 0, closes: true })
  })

  it('of which records expired says that it cannot be done again, and is not started on', async () => {
    const whole = (await pipeline.preflight()).committed?.records ?? 0
    const batchId = await reopenNewestBatch()
    const ofBatch = whole - ((await pipeline.preflight()).committed?.records ?? 0)
    expect(ofBatch).toBeGreaterThan(0)
    expect(verdict(await pipeline.preflight(), 'retention')?.state).not.toBe('fatal')
    pipeline.putForward(25 * 3_600_000)
    const preflight = await pipeline.preflight()
    const said =
      `${ofBatch} records of the ${ofBatch} of batch ${batchId}, which was planned and not committed and must be ` +
      'done again, expired'
    expect(verdict(preflight, 'retention')).toMatchObject({ state: 'fatal', said: expect.stringContaining(said) })
    expect(preflight.choices.find(choice => choice.kind === 'checkpoint')?.refused).toContain('expired')
    expect(await failure(pipeline.core.jobs.start(SCOPE))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('cannot be done again'),
    })
    await all(pipeline.core.checkpoint.reset({ ...RESET, from: { kind: 'oldest' } }))
    expect((await pipeline.preflight()).verdicts.filter(entry => entry.state === 'fatal')).toEqual([])
    expect(await pipeline.ledger()).toMatchObject({ difference: 0, closes: true })
  })
})

it('reset without counters of the shards keeps the counts of the query, and says what is not known', async () => {
  pipeline = await openPipeline()
  try {
    await pipeline.provision()
    await pipeline.aws.kinesis.send(
      new DisableEnhancedMonitoringCommand({ StreamName: pipeline.spec.source.stream, ShardLevelMetrics: ['ALL'] }),
    )
    await pipeline.send(400)
    await pipeline.start()
    await pipeline.drain()
    const before = await pipeline.ledger()
    expect(before.closes).toBe(true)
    const { accepted } = await pipeline.send(200)
    expect((await pipeline.preflight()).choices.find(choice => choice.kind === 'now')).toMatchObject({
      skipped: null,
      readAgain: null,
      consequences: [expect.stringContaining('is not known')],
    })
    const events = await all(pipeline.core.checkpoint.reset({ ...RESET, from: { kind: 'now' } }))
    expect(events.at(-1)?.detail).toContain('how many records that reads again or skips is not known')
    expect((await metadata()).sluice?.beginning).toMatchObject({
      counted: false,
      estimated: true,
      skipped: 0,
      readAgain: 0,
      records: before.read,
    })
    const after = await pipeline.ledger()
    expect(after.read).toBe(before.read)
    expect(after.differences.find(entry => entry.name.includes('not all counted'))).toMatchObject({
      difference: accepted - before.accepted,
    })
  } finally {
    await pipeline.close()
  }
})
