import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { currentFiles, fileNames } from '../../../electron/core/deployed/versions.ts'
import { clientEnvironment } from '../../../electron/sandbox/place.ts'
import { formatJobArguments, planFile } from '../../../shared/job/arguments.ts'
import { checkpointPrefix, type JobPrefixes } from '../../../shared/job/layout.ts'
import { ACCESS_KEY } from '../../fixture/open-core.ts'
import { BEHIND_MS, openPipeline } from './pipeline-under-test.ts'

const ENGINE = fileURLToPath(new URL('../../../electron/engine/main.ts', import.meta.url))
let pipeline: Awaited<ReturnType<typeof openPipeline>>
let engine: ChildProcess | undefined

beforeAll(async () => {
  pipeline = await openPipeline()
  await pipeline.provision()
})
afterAll(async () => {
  engine?.kill('SIGKILL')
  await pipeline?.close()
})

function commits(): string {
  const { buckets, job } = pipeline.spec
  return `${checkpointPrefix(buckets.streaming.prefixes as unknown as JobPrefixes, job.query)}commits/`
}

async function committed(): Promise<number[]> {
  const { Contents = [] } = await pipeline.aws.s3.send(
    new ListObjectsV2Command({ Bucket: pipeline.bucket, Prefix: commits() }),
  )
  return Contents.map(({ Key = '' }) => Number(Key.slice(Key.lastIndexOf('/') + 1)))
}

/** The engine as a program of its own, beginning at the newest record where there is no checkpoint. */
async function startEngine(): Promise<ChildProcess> {
  const { spec, bucket, endpoint } = pipeline
  const plan = await currentFiles(pipeline.context, AbortSignal.timeout(20_000))
  const planKey = plan.keyOf(fileNames.script(planFile(spec.id, spec.job.query)))
  const args = formatJobArguments({
    plan: `s3://${plan.bucket}/${planKey}`,
    region: 'us-east-1',
    stream: spec.source.stream,
    bucket,
    clusterIdentifier: 'sluice',
    database: 'dev',
    dbUser: 'awsuser',
    copyRole: `arn:aws:iam::000000000000:role/${spec.sink.copyRole}`,
    triggerMs: 200,
    maxRecordsPerBatch: 10_000,
    startingPosition: 'LATEST',
  })
  const environment = { ...process.env, ...clientEnvironment(endpoint ?? '', ACCESS_KEY) }
  engine = spawn(process.execPath, [ENGINE, ...args], { env: environment, stdio: ['pipe', 'ignore', 'inherit'] })
  return engine
}

it(
  'a query that began at the newest record, and was killed before it committed anything, reads what came since its ' +
    'start and nothing before',
  async () => {
    const before = await pipeline.send(150)
    // "Now" is a time of the engine's clock, which is the machine's.
    pipeline.putForward(BEHIND_MS)
    const first = await startEngine()
    await expect.poll(committed, { timeout: 60_000 }).toEqual([0])
    const ended = new Promise(resolve => first.once('exit', resolve))
    first.kill('SIGKILL')
    await ended
    // What a kill between the plan and the commit of the first batch leaves.
    await pipeline.aws.s3.send(new DeleteObjectCommand({ Bucket: pipeline.bucket, Key: `${commits()}0` }))
    const { accepted } = await pipeline.send(120)
    const since = accepted - before.accepted
    await startEngine()
    await expect.poll(async () => (await pipeline.ledger()).read, { timeout: 60_000 }).toBe(since)
    const ledger = await pipeline.ledger()
    expect(ledger.duplicates + ledger.invalid + ledger.late + ledger.loaded).toBe(since)
  },
)
