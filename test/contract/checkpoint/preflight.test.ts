import { CreateStreamCommand, DeleteStreamCommand, DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis'
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckName, Preflight } from '../../../shared/features/checkpoint.ts'
import { AS_READ_ONLY, all, applied, failure, SCOPE, value } from '../../fixture/open-core.ts'
import { openPipeline, type Pipeline } from './pipeline-under-test.ts'

const FOLDER = 'stream-checkpointing/kinesisToRedshift/'
const CONFIRM = { ...SCOPE, confirm: 'food-delivery' }
const ORDERS = 1_500

let pipeline: Pipeline
const verdict = (preflight: Preflight, check: CheckName) => preflight.verdicts.find(entry => entry.check === check)
const choice = (preflight: Preflight, kind: 'checkpoint' | 'oldest' | 'now' | 'time') =>
  preflight.choices.find(entry => entry.kind === kind)

const read = async (key: string) => {
  const { Body } = await pipeline.aws.s3.send(new GetObjectCommand({ Bucket: pipeline.bucket, Key: key }))
  return (await Body?.transformToString()) ?? ''
}
const write = (key: string, body: string) =>
  pipeline.aws.s3.send(new PutObjectCommand({ Bucket: pipeline.bucket, Key: key, Body: body }))
const remove = (key: string) => pipeline.aws.s3.send(new DeleteObjectCommand({ Bucket: pipeline.bucket, Key: key }))
const rows = async () => {
  const sql = 'select count(*), count(distinct OrderID) from food_delivery_datamart.factOrders'
  const [[loaded, keys] = []] = value(await pipeline.core.warehouse.query({ ...SCOPE, sql })).rows
  return { loaded: Number(loaded), keys: Number(keys) }
}

/** Changes an entry of the checkpoint for the time of a preflight, and puts it back. */
async function preflightWith(key: string, change: (text: string) => string | undefined): Promise<Preflight> {
  const before = await read(key)
  const after = change(before)
  await (after === undefined ? remove(key) : write(key, after))
  try {
    return await pipeline.preflight()
  } finally {
    await write(key, before)
  }
}

/** Moves an archived checkpoint to where versions before kept it, under the name that they gave its description. */
async function moveToEarlierPlace(folder: string): Promise<void> {
  const listed = await pipeline.aws.s3.send(new ListObjectsV2Command({ Bucket: pipeline.bucket, Prefix: folder }))
  for (const { Key = '' } of listed.Contents ?? []) {
    await write(Key.replace('.archive/', '.aside/').replace('/archive.json', '/aside.json'), await read(Key))
    await remove(Key)
  }
}

/* One pipeline from its first start on: each test goes on from the one before. */
describe('the checkpoint of a query', () => {
  beforeAll(async () => {
    pipeline = await openPipeline()
    await pipeline.provision()
  })
  afterAll(() => pipeline.close())

  it('that is not there yet is said to begin at the oldest record, with what waits', async () => {
    const { accepted } = await pipeline.send(ORDERS)
    const preflight = await pipeline.preflight()
    expect(preflight).toMatchObject({ state: 'none', committed: null, archived: [] })
    expect(verdict(preflight, 'present')?.said).toContain(`${accepted.toLocaleString('en-US')} records wait`)
    expect(choice(preflight, 'checkpoint')).toMatchObject({ firstTime: accepted, readAgain: 0, skipped: 0 })
  })

  it('is checked by the start itself, and cannot be reset while the step runs on it', async () => {
    const events = await pipeline.start()
    expect(events.filter(event => event.step === 'check-checkpoint').map(event => event.state)).toEqual([
      'running',
      'done',
    ])
    expect(verdict(await pipeline.preflight(), 'in-use')?.said).toMatch(/^Step s-\w+ on j-\w+ is running on it\.$/)
    expect(await failure(pipeline.core.checkpoint.reset({ ...CONFIRM, from: { kind: 'oldest' } }))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('is running on the checkpoint'),
    })
    await pipeline.drain()
  })

  it('that is whole is fine, and says of what it is', async () => {
    const preflight = await pipeline.preflight()
    expect(preflight.verdicts.filter(entry => entry.state !== 'fine')).toEqual([])
    expect(preflight.state).toBe('fine')
    const ledger = await pipeline.ledger()
    expect(preflight.committed?.records).toBe(ledger.read)
    expect(verdict(preflight, 'warehouse')?.said).toContain(`${ledger.read.toLocaleString('en-US')} records read`)
    expect(choice(preflight, 'oldest')).toMatchObject({
      readAgain: ledger.read,
      skipped: 0,
      firstTime: 0,
      estimated: false,
    })
  })

  it.each<[string, () => Promise<Preflight>, CheckName, 'fatal' | 'warning' | 'unknown', RegExp]>([
    [
      'whose newest offsets are missing is torn',
      async () => preflightWith(`${FOLDER}offsets/${(await pipeline.preflight()).committed?.batchId}`, () => undefined),
      'whole',
      'fatal',
      /commits\/\d+ is there and offsets\/\d+ is not/,
    ],
    [
      'whose newest offsets were cut short cannot be read',
      async () =>
        preflightWith(`${FOLDER}offsets/${(await pipeline.preflight()).committed?.batchId}`, text => text.slice(0, 80)),
      'whole',
      'fatal',
      /offsets\/\d+ cannot be read/,
    ],
    [
      'without metadata is torn',
      () => preflightWith(`${FOLDER}metadata`, () => undefined),
      'whole',
      'fatal',
      /metadata is missing/,
    ],
    [
      'of a later format is refused',
      () => preflightWith(`${FOLDER}metadata`, text => text.replace('"format":1', '"format":2')),
      'whole',
      'fatal',
      /format 2, and this program knows up to 1/,
    ],
    [
      'from before metadata said what it is of is not known to be of this stream',
      () => preflightWith(`${FOLDER}metadata`, text => JSON.stringify({ id: JSON.parse(text).id })),
      'stream',
      'unknown',
      /does not say which stream/,
    ],
    [
      'that was copied from another query is refused',
      () =>
        preflightWith(`${FOLDER}metadata`, text =>
          text.replace('"pipeline":"food-delivery"', '"pipeline":"ride-sharing"'),
        ),
      'query',
      'fatal',
      /of ride-sharing, not of kinesisToRedshift of food-delivery/,
    ],
    [
      'whose rows went to another table says what that means',
      () => preflightWith(`${FOLDER}metadata`, text => text.replace('.factOrders', '.factOrdersOld')),
      'spec',
      'warning',
      /the table was food_delivery_datamart\.factOrdersOld and is food_delivery_datamart\.factOrders/,
    ],
    [
      'with another query id than the batch table knows says that rows may be missing',
      () => preflightWith(`${FOLDER}metadata`, text => text.replace(/"id":"[^"]+"/, '"id":"another"')),
      'warehouse',
      'warning',
      /the batch table has none of its query/,
    ],
  ])('%s', async (_name, preflighted, check, state, said) => {
    const preflight = await preflighted()
    expect(verdict(preflight, check)).toMatchObject({ state })
    expect(verdict(preflight, check)?.said).toMatch(said)
    if (state === 'fatal') expect(choice(preflight, 'checkpoint')?.refused).toBe(verdict(preflight, check)?.said)
  })

  it('that is torn is not started on: the refusal says what and what to do', async () => {
    const key = `${FOLDER}offsets/${(await pipeline.preflight()).committed?.batchId}`
    const before = await read(key)
    await remove(key)
    expect(await failure(pipeline.core.jobs.start(SCOPE))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(
        /does not start on this checkpoint: commits\/\d+ is there and offsets\/\d+ is not/,
      ),
      hint: expect.stringContaining('Reset'),
    })
    await write(key, before)
  })

  it('is reset only by the typed name, and never on a read-only target', async () => {
    const from = { kind: 'oldest' as const }
    expect(await failure(pipeline.core.checkpoint.reset({ ...SCOPE, confirm: 'food', from }))).toMatchObject({
      code: 'invalid_input',
      hint: 'Nothing was changed.',
    })
    const readOnly = pipeline.openCore({ rules: AS_READ_ONLY })
    expect(await failure(readOnly.checkpoint.reset({ ...CONFIRM, from }))).toMatchObject({ code: 'access_denied' })
    expect(await failure(readOnly.checkpoint.restore({ ...CONFIRM, archive: 'any' }))).toMatchObject({
      code: 'access_denied',
    })
    await readOnly.close()
    expect((await pipeline.preflight()).archived).toEqual([])
  })

  it('reset to the oldest record reads everything again: no row is doubled, and the ledger closes', async () => {
    const before = await pipeline.ledger()
    const rowsBefore = await rows()
    await all(pipeline.core.checkpoint.reset({ ...CONFIRM, from: { kind: 'oldest' }, why: 'a test' }))
    const reset = await pipeline.preflight()
    expect(reset.verdicts.filter(entry => entry.state !== 'fine')).toEqual([])
    expect(reset.archived).toMatchObject([{ why: 'a test', records: before.read, from: 'the oldest record' }])
    expect(choice(reset, 'checkpoint')).toMatchObject({ firstTime: before.read })
    await pipeline.start()
    await pipeline.drain()
    const after = await pipeline.ledger()
    expect(after).toMatchObject({ closes: true, readAgain: before.read, skipped: 0, read: 2 * before.read })
    // Rows that were late the first time have a watermark of their own now, and may be loaded.
    expect(after.loaded).toBeGreaterThanOrEqual(before.loaded)
    expect(after.invalid).toBe(2 * before.invalid)
    const { loaded, keys } = await rows()
    expect(loaded).toBe(keys)
    expect(loaded - rowsBefore.loaded).toBeLessThanOrEqual(before.late)
    expect((await pipeline.preflight()).verdicts.filter(entry => entry.state !== 'fine')).toEqual([])
  })

  it('reset to now passes over what waits, and says how much: the ledger closes with what was skipped', async () => {
    const before = await pipeline.ledger()
    const { accepted } = await pipeline.send(400)
    pipeline.putForward(3 * 60_000)
    const waits = accepted - before.accepted
    expect(choice(await pipeline.preflight(), 'now')).toMatchObject({
      skipped: waits,
      readAgain: 0,
      firstTime: 0,
      estimated: false,
    })
    await all(pipeline.core.checkpoint.reset({ ...CONFIRM, from: { kind: 'now' } }))
    expect(choice(await pipeline.preflight(), 'checkpoint')).toMatchObject({ firstTime: 0 })
    const { total } = value(await pipeline.core.lag.now(SCOPE))
    expect(total.behindRecords).toBe(0)
    await pipeline.send(200)
    await pipeline.start()
    await pipeline.drain()
    expect(await pipeline.ledger()).toMatchObject({ closes: true, skipped: waits })
  })

  it(
    'that was archived, by a version before too, is restored: the query continues from there and reads what it ' +
      'skipped',
    async () => {
      const before = await pipeline.ledger()
      const [newest] = (await pipeline.preflight()).archived
      expect(newest).toBeDefined()
      await moveToEarlierPlace(newest?.location.replace(`s3://${pipeline.bucket}/`, '') ?? '')
      expect((await pipeline.preflight()).archived[0]).toMatchObject({
        id: newest?.id,
        location: expect.stringContaining('kinesisToRedshift.aside/'),
      })
      expect(await failure(pipeline.core.checkpoint.restore({ ...CONFIRM, archive: 'unknown' }))).toMatchObject({
        code: 'not_found',
      })
      await all(pipeline.core.checkpoint.restore({ ...CONFIRM, archive: newest?.id ?? '' }))
      await pipeline.start()
      await pipeline.drain()
      const after = await pipeline.ledger()
      expect(after).toMatchObject({ closes: true })
      expect(after.loaded).toBeGreaterThan(before.loaded)
      const { loaded, keys } = await rows()
      expect(loaded).toBe(keys)
    },
  )

  it('older than retention says how many records expired unread, and goes on', async () => {
    const before = await pipeline.ledger()
    const { accepted } = await pipeline.send(300)
    const unread = accepted - before.accepted
    pipeline.putForward(25 * 3_600_000)
    const preflight = await pipeline.preflight()
    expect(verdict(preflight, 'retention')).toMatchObject({ state: 'warning' })
    expect(verdict(preflight, 'retention')?.said).toMatch(
      new RegExp(`^${unread} records of .+ expired before they were read`),
    )
    expect(choice(preflight, 'checkpoint')).toMatchObject({ lost: unread, firstTime: 0 })
    expect(
      (await pipeline.start()).find(event => event.step === 'check-checkpoint' && event.state === 'done')?.detail,
    ).toContain('expired before they were read')
    await all(pipeline.core.jobs.cancel(SCOPE))
  })

  it('of a stream that was deleted and made again under its name is refused, and can be reset', async () => {
    const StreamName = pipeline.spec.source.stream
    await pipeline.aws.kinesis.send(new DeleteStreamCommand({ StreamName }))
    await expect
      .poll(
        () =>
          pipeline.aws.kinesis.send(new DescribeStreamSummaryCommand({ StreamName })).then(
            () => 'there',
            error => error.name,
          ),
        { timeout: 10_000 },
      )
      .toBe('ResourceNotFoundException')
    expect(verdict(await pipeline.preflight(), 'stream')).toMatchObject({ state: 'fatal' })
    await pipeline.aws.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    await all(applied(pipeline.core))
    const preflight = await pipeline.preflight()
    expect(verdict(preflight, 'stream')?.said).toContain('a stream made again')
    expect(await failure(pipeline.core.jobs.start(SCOPE))).toMatchObject({ code: 'conflict' })
    await all(pipeline.core.checkpoint.reset({ ...CONFIRM, from: { kind: 'oldest' } }))
    expect((await pipeline.preflight()).state).toBe('fine')
    const { Contents = [] } = await pipeline.aws.s3.send(
      new ListObjectsV2Command({ Bucket: pipeline.bucket, Prefix: FOLDER }),
    )
    expect(Contents).toHaveLength(3)
  })
})
