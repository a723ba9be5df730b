import { readFileSync } from 'node:fs'
import { AddJobFlowStepsCommand } from '@aws-sdk/client-emr'
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectPath } from '../../../electron/hosts/project.ts'
import type { CheckName, Preflight } from '../../../shared/features/checkpoint.ts'
import { AS_READ_ONLY, all, failure, SCOPE, value } from '../../fixture/open-core.ts'
import { openPipeline, type Pipeline } from './pipeline-under-test.ts'

/** Below the streaming bucket. */
const FOLDER = 'spark/orders/'
const QUERY_ID = '9d4b1d0e-57ae-4a3c-9c0e-6f1f5f0a7c11'
const OURS = 'stream-checkpointing/kinesisToRedshift/'

let pipeline: Pipeline
let address = ''
const verdict = (preflight: Preflight, check: CheckName) => preflight.verdicts.find(entry => entry.check === check)
const choice = (preflight: Preflight, kind: string) => preflight.choices.find(entry => entry.kind === kind)
const preflighted = async () => value(await pipeline.core.checkpoint.preflightSpark({ ...SCOPE, address }))
const read = async (Key: string) => {
  const { Body } = await pipeline.aws.s3.send(new GetObjectCommand({ Bucket: pipeline.bucket, Key }))
  return (await Body?.transformToString()) ?? ''
}
const write = (Key: string, Body: string) =>
  pipeline.aws.s3.send(new PutObjectCommand({ Bucket: pipeline.bucket, Key, Body }))
const keys = async (Prefix: string) =>
  ((await pipeline.aws.s3.send(new ListObjectsV2Command({ Bucket: pipeline.bucket, Prefix }))).Contents ?? []).map(
    entry => entry.Key ?? '',
  )

/** An entry as Spark 4.0 wrote it for the sink parquet, with other positions. */
function offsetsEntry(source: string): string {
  const [version, metadata] = readFileSync(projectPath('test/fixture/spark-checkpoint/offsets.txt'), 'utf8').split('\n')
  return [version, metadata, source].join('\n')
}

/** Changes an entry for the time of a preflight, and puts it back. */
async function preflightWith(name: string, text: string | undefined): Promise<Preflight> {
  const before = await read(`${FOLDER}${name}`)
  if (text === undefined)
    await pipeline.aws.s3.send(new DeleteObjectCommand({ Bucket: pipeline.bucket, Key: `${FOLDER}${name}` }))
  else await write(`${FOLDER}${name}`, text)
  try {
    return await preflighted()
  } finally {
    await write(`${FOLDER}${name}`, before)
  }
}

async function addStep(...args: string[]): Promise<void> {
  const clusterId = value(await pipeline.core.jobs.list(SCOPE)).clusters[0]?.id
  await pipeline.aws.emr.send(
    new AddJobFlowStepsCommand({
      JobFlowId: clusterId,
      Steps: [
        {
          Name: 'orders as files',
          ActionOnFailure: 'CONTINUE',
          HadoopJarStep: { Jar: 'command-runner.jar', Args: ['spark-submit', 's3://a/main.py', ...args] },
        },
      ],
    }),
  )
}

/*
 * A checkpoint as Spark writes it, at the positions that a job has really read; each test goes on from the one before.
 */
describe("a checkpoint of Spark's own", () => {
  let records = 0

  beforeAll(async () => {
    pipeline = await openPipeline()
    await pipeline.provision()
    address = `s3://${pipeline.bucket}/${FOLDER}`
    await pipeline.send(600)
    await pipeline.start()
    await pipeline.drain()
    const committed = (await pipeline.preflight()).committed
    records = committed?.records ?? 0
    const [, , source = ''] = (await read(`${OURS}offsets/${committed?.batchId}`)).split('\n')
    await write(`${FOLDER}metadata`, JSON.stringify({ id: QUERY_ID }))
    for (const batchId of [0, 1]) {
      await write(`${FOLDER}offsets/${batchId}`, offsetsEntry(source))
      await write(
        `${FOLDER}commits/${batchId}`,
        readFileSync(projectPath('test/fixture/spark-checkpoint/commits.txt'), 'utf8'),
      )
    }
    for (const partition of [0, 1]) await write(`${FOLDER}state/0/${partition}/1.delta`, 'state')
    await addStep('--sink', 'parquet', '--output=s3://files/orders/', '--spark-checkpoint', address)
  })
  afterAll(() => pipeline.close())

  it('is known to the console by the steps that name it', async () => {
    const ended = async () => (await pipeline.preflight()).sparkSteps[0]?.state
    await expect.poll(ended).toBe('FAILED')
    expect((await pipeline.preflight()).sparkSteps).toMatchObject([
      { address, sink: 'parquet', output: 's3://files/orders/', state: 'FAILED' },
    ])
  })

  it(
    'says of which query it is, where it stands, for how many partitions its state is, and that the ledger does ' +
      'not cover its sink',
    async () => {
      const preflight = await preflighted()
      expect(preflight).toMatchObject({ state: 'fine', queryId: QUERY_ID, committed: { batchId: 1, records } })
      expect(verdict(preflight, 'query')).toMatchObject({
        state: 'unknown',
        said: expect.stringContaining('was started on it'),
      })
      expect(verdict(preflight, 'state-partitions')?.said).toMatch(
        /frozen at 2, as many as have state.*\d+ settings of Spark are frozen/,
      )
      expect(verdict(preflight, 'warehouse')).toMatchObject({
        state: 'unknown',
        said: expect.stringMatching(
          /^Rows go into parquet below s3:\/\/files\/orders\/\. The ledger and the batch table cover warehouse/,
        ),
      })
      expect(verdict(preflight, 'partitions')).toMatchObject({ state: 'fine' })
      expect(verdict(preflight, 'engine')?.said).toMatch(/^Written by Spark 4\.0 or 4\.1 \(by its settings\)\. A newer/)
    },
  )

  it('has in its progress what Spark counted, of batches of its own query alone', async () => {
    const [own] = await keys('progress/kinesisToRedshift/batches/')
    const progress = JSON.parse(await read(own ?? ''))
    const counts = { read: 10, invalid: 1, late: 2, duplicatesInBatch: 3, staged: 4, duplicatesMatched: 0, loaded: 4 }
    const reported = { ...progress, id: QUERY_ID, sluice: { ...progress.sluice, engine: 'spark', counts } }
    for (const batchId of [0, 1])
      await write(`progress/kinesisToRedshift/batches/00000000000${batchId}.json`, JSON.stringify(reported))
    const preflight = await preflighted()
    expect(verdict(preflight, 'warehouse')).toMatchObject({
      state: 'fine',
      said: expect.stringContaining(
        'of its 2 batches: 20 read = 2 invalid + 4 late (dropped) + 6 duplicates + 8 written.',
      ),
    })
    expect(verdict(preflight, 'query')).toMatchObject({ state: 'fine' })
  })

  it('says what would be read again, written again, and skipped', async () => {
    const { accepted } = await pipeline.send(100)
    const waiting = accepted - records
    const preflight = await preflighted()
    expect(choice(preflight, 'checkpoint')).toMatchObject({ firstTime: waiting, readAgain: 0, skipped: 0 })
    expect(choice(preflight, 'oldest')).toMatchObject({ firstTime: waiting, readAgain: records, skipped: 0 })
    expect(choice(preflight, 'now')).toMatchObject({ firstTime: 0, readAgain: 0, skipped: waiting })
    const consequences = choice(preflight, 'oldest')?.consequences.join(' ')
    for (const said of [
      '--starting-position TRIM_HORIZON',
      'files know no MERGE',
      'those of 0 to 1 are replaced',
      'a new row',
    ])
      expect(consequences).toContain(said)
  })

  it.each<[string, () => Promise<Preflight>, CheckName, string, RegExp]>([
    [
      'torn',
      () => preflightWith('offsets/1', undefined),
      'whole',
      'fatal',
      /commits\/1 is there and offsets\/1 is not/,
    ],
    [
      'cut',
      async () => preflightWith('offsets/1', (await read(`${FOLDER}offsets/1`)).slice(0, 90)),
      'whole',
      'fatal',
      /cannot be read/,
    ],
    [
      "of the console's own form",
      async () => preflightWith('offsets/1', await read((await keys(`${OURS}offsets/`))[0] ?? '')),
      'whole',
      'fatal',
      /no settings of Spark/,
    ],
    [
      'of another source',
      () =>
        preflightWith('offsets/1', offsetsEntry('{"shardId-000000000000":{"iteratorType":"AFTER_SEQUENCE_NUMBER"}}')),
      'stream',
      'unknown',
      /another source/,
    ],
    [
      'without some of its state',
      () => preflightWith('state/0/1/1.delta', undefined),
      'state-partitions',
      'warning',
      /1 partition has state/,
    ],
  ])('%s has a verdict', async (_name, preflightOf, check, state, said) => {
    const preflight = await preflightOf()
    expect(verdict(preflight, check)).toMatchObject({ state, said: expect.stringMatching(said) })
    if (state === 'fatal') expect(choice(preflight, 'checkpoint')?.refused).toMatch(said)
    if (check === 'stream') expect(preflight.choices).toEqual([])
  })

  it('older than retention says how many records expired unread, as of the checkpoint of the console', async () => {
    const waiting = choice(await preflighted(), 'checkpoint')?.firstTime ?? 0
    expect(waiting).toBeGreaterThan(0)
    pipeline.putForward(25 * 3_600_000)
    const preflight = await preflighted()
    expect(verdict(preflight, 'retention')).toMatchObject({
      state: 'warning',
      said: expect.stringMatching(new RegExp(`^${waiting} records of .+ expired before they were read`)),
    })
    expect(choice(preflight, 'checkpoint')).toMatchObject({ firstTime: 0, lost: waiting })
    expect(choice(preflight, 'now')).toMatchObject({ skipped: 0, lost: waiting })
  })

  it('is archived whole by the typed name alone, and never while a step is on it', async () => {
    const before = (await keys(FOLDER)).map(key => key.slice(FOLDER.length))
    const move = (confirm: string) =>
      pipeline.core.checkpoint.archiveSpark({ ...SCOPE, address, confirm, why: 'a test' })
    expect(await failure(move('food'))).toMatchObject({ code: 'invalid_input' })
    const readOnly = pipeline.openCore({ rules: AS_READ_ONLY })
    expect(
      await failure(readOnly.checkpoint.archiveSpark({ ...SCOPE, address, confirm: 'food-delivery', why: '' })),
    ).toMatchObject({ code: 'access_denied' })
    await readOnly.close()
    // One step at a time: behind the job that runs, this one is pending.
    await pipeline.start()
    await addStep('--sink', 'parquet', '--spark-checkpoint', address.slice(0, -1))
    expect(await failure(move('food-delivery'))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('is pending on'),
    })
    expect(choice(await preflighted(), 'oldest')?.refused).toContain('runs on the checkpoint')
    await all(pipeline.core.jobs.cancel(SCOPE))
    await expect
      .poll(async () => verdict(await preflighted(), 'in-use')?.said, { timeout: 20_000 })
      .toContain('No step runs on it')
    expect(await keys(FOLDER)).toHaveLength(before.length)

    await all(move('food-delivery'))
    expect(await keys(FOLDER)).toEqual([])
    const after = await preflighted()
    expect(after).toMatchObject({
      state: 'none',
      committed: null,
      archived: [{ queryId: QUERY_ID, batchId: 1, records, why: 'a test' }],
    })
    const archive = after.archived[0]?.location.replace(`s3://${pipeline.bucket}/`, '') ?? ''
    expect((await keys(archive)).map(key => key.slice(archive.length)).sort()).toEqual(
      [...before, 'archive.json'].sort(),
    )
    expect(await failure(move('food-delivery'))).toMatchObject({ code: 'not_found' })
  })
})
