import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BatchCounts } from '../../shared/job/progress.ts'
import { bulk } from './engines/bulk-orders.ts'
import { createJob, type Job } from './engines/job.ts'
import { aggregates, inAggregates, misplaced } from './engines/kpl-orders.ts'
import { documents, everyReason, GREATEST, numbers, order, type Sent, times, unicode } from './engines/order-texts.ts'
import { openSandbox, type Sandbox } from './engines/sandbox.ts'

/*
 * Both engines on one stream, as steps of EMR: `embedded` is run by the embedded engine throughout; `switched` begins
 * on it, goes on on Spark and ends on it, on one checkpoint. What is late depends on where batches end; here it does
 * not, for each part of the stream is sent when both have committed the one before, and has no order that is late by
 * another of its own part.
 */
let sandbox: Sandbox
let embedded: Job
let switched: Job
/** What was sent as rows: an aggregate as its orders. */
const sent: Sent[] = []
let misplacedRecords = 0
/** Files of a batch as the one engine wrote them, before the other did it again. */
const handedOver: { batchId: number; from: string; before: Map<string, string>; after: Map<string, string> }[] = []

/** Of each job. */
const KILLS = 1

async function send(...records: Sent[]): Promise<void> {
  await sandbox.send(records)
  sent.push(...records.flatMap(record => record.orders ?? record))
  misplacedRecords += records.filter(record => record.misplaced).length
}
const bothHaveCommitted = () => Promise.all([embedded, switched].map(job => job.hasCommitted(sent.length)))

/**
 * Ends one engine with a batch open, as a kill between its transaction and its commit leaves it, and starts the other.
 */
async function handOver(from: 'embedded' | 'spark', to: 'embedded' | 'spark', more: Sent[]): Promise<void> {
  await switched.stop()
  const batchId = await switched.reopenNewestBatch()
  const before = await switched.files()
  await switched.start(to)
  await send(...more)
  await bothHaveCommitted()
  handedOver.push({ batchId, from, before, after: await switched.files() })
}

/** From when on the orders of a part are: less than two hours after those that may be in a batch with them. */
const PARTS = { bulk: '2026-11-02T12:31:00Z', resharded: '2026-11-02T13:10:00Z', after: '2026-11-02T14:20:00Z' }

describe('two engines on one stream', () => {
  beforeAll(async () => {
    sandbox = await openSandbox()
    embedded = await createJob(sandbox, 'embedded')
    switched = await createJob(sandbox, 'switched')
    await embedded.start('embedded')
    await switched.start('embedded')

    await send(
      ...bulk('first', 60, '2026-11-02T11:30:00Z', 30),
      order('greatest', 'loaded', { OrderDate: `"${GREATEST}"` }),
    )
    await bothHaveCommitted()
    await send(...aggregates('kpl'), misplaced('kpl', '2026-11-02T12:00:00Z'))
    await bothHaveCommitted()

    await handOver('embedded', 'spark', [
      ...everyReason(),
      ...unicode(),
      ...documents(),
      ...numbers(),
      ...times(),
      order('first-1', 'duplicate'),
      order('greatest', 'late', { OrderDate: '"2026-11-02T01:00:00Z"' }),
    ])

    // Both are killed in the middle of this, and go on.
    const before = sent.length
    await send(
      ...bulk('bulk', 1_500, PARTS.bulk, 30),
      ...inAggregates(bulk('packed', 1_500, PARTS.bulk, 30), [1, 7, 90, 950]),
    )
    await Promise.all([embedded, switched].map(job => job.hasCommitted(before + 300)))
    await Promise.all([embedded.kill(), switched.kill()])
    await embedded.start('embedded')
    await switched.start('spark')
    await sandbox.split()
    await send(...bulk('split', 500, PARTS.resharded, 20))
    await switched.hasCommitted(sent.length)
    await sandbox.merge()
    await send(
      ...bulk('merged', 500, PARTS.resharded, 20),
      ...inAggregates(bulk('packed merged', 500, PARTS.resharded, 20), [40, 3]),
      order('split-3', 'duplicate'),
    )
    await bothHaveCommitted()
    await send(
      order('late after all', 'late', { OrderDate: '"2026-11-02T11:00:00Z"' }),
      order('merged-1', 'late', { OrderDate: '"2026-11-02T11:00:00Z"' }),
      ...bulk('after', 100, PARTS.after, 5),
    )
    await bothHaveCommitted()
    await send(...inAggregates(bulk('packed after', 100, PARTS.after, 5), [30]), misplaced('kpl again', PARTS.after))
    await bothHaveCommitted()

    await handOver('spark', 'embedded', [order('after-1', 'duplicate', { OrderDate: '"2026-11-02T14:20:00Z"' })])
    // Each is later than all before it, wherever a batch ends between them: one key holds them in one shard.
    const far = ['9999-12-31T23:59:59.999999Z', '12026-01-01T00:00:00Z', '275760-09-13T00:00:00Z']
    await send(
      ...far.map((at, place) => ({
        ...order(`far-${place}`, 'loaded', { OrderDate: `"${at}"` }),
        partitionKey: 'far',
      })),
    )
    await bothHaveCommitted()
    await Promise.all([embedded.stop(), switched.stop()])
  }, 900_000)
  afterAll(() => sandbox?.close())

  const fatesOf = (fate: (sent: Sent) => boolean) => sent.filter(fate).length

  it('give the same rows of the fact table', async () => {
    const rows = await embedded.rows()
    expect(await switched.rows()).toEqual(rows)
    expect(rows).toHaveLength(fatesOf(({ fate }) => fate === 'loaded'))
  })

  it('put the same records into quarantine, byte for byte, each with the reason of the specification', async () => {
    for (const kind of ['invalid', 'late'] as const) {
      const lines = await embedded.quarantine(kind)
      expect(await switched.quarantine(kind)).toEqual(lines)
      const found = lines.map(line => {
        const { reason, data } = JSON.parse(line) as { reason: string; data: string }
        return `${reason} ${data}`
      })
      const kinds = sent.filter(
        ({ fate }) => !['loaded', 'duplicate'].includes(fate) && (fate === 'late') === (kind === 'late'),
      )
      const expected = kinds.map(({ fate, data }) => `${fate} ${Buffer.from(data).toString('base64')}`)
      expect(found.sort()).toEqual(expected.sort())
    }
  })

  it('count the same: read, invalid, late, duplicates and loaded, over all batches', async () => {
    const total = async (job: Job) => {
      const counts = [...(await job.batches()).values()]
      const sum = (...names: (keyof BatchCounts)[]) =>
        counts.reduce((all, batch) => names.reduce((value, name) => value + batch[name], all), 0)
      return {
        read: sum('read'),
        invalid: sum('invalid'),
        late: sum('late'),
        duplicates: sum('duplicatesInBatch', 'duplicatesMatched'),
        loaded: sum('loaded'),
      }
    }
    const expected = {
      read: sent.length,
      invalid: fatesOf(({ fate }) => !['loaded', 'duplicate', 'late'].includes(fate)),
      late: fatesOf(({ fate }) => fate === 'late'),
      duplicates: fatesOf(({ fate }) => fate === 'duplicate'),
      loaded: fatesOf(({ fate }) => fate === 'loaded'),
    }
    expect(await total(embedded)).toEqual(expected)
    expect(await total(switched)).toEqual(expected)
  })

  it('count records of each shard as the stream does, also those that hold several orders or none', async () => {
    const expected = new Map<string, number>()
    for (const { partitionId } of sandbox.samples) expected.set(partitionId, (expected.get(partitionId) ?? 0) + 1)
    expect(sandbox.samples.length).toBeLessThan(sent.length)
    for (const job of [embedded, switched]) {
      const newest = await job.progress(Math.max(...(await job.committedBatches())))
      const offset = newest?.sources[0]?.endOffset ?? {}
      const counted = Object.entries(offset).filter(([, { records }]) => records > 0)
      expect(new Map(counted.map(([partitionId, { records }]) => [partitionId, records]))).toEqual(expected)
    }
  })

  it('have a ledger that closes over aggregates: records against records, rows against rows', async () => {
    const records = sandbox.samples.length
    for (const job of [embedded, switched]) {
      expect(await job.ledger()).toMatchObject({
        received: records,
        read: records,
        batchRecords: records,
        rows: sent.length,
        loaded: fatesOf(({ fate }) => fate === 'loaded'),
        late: fatesOf(({ fate }) => fate === 'late'),
        difference: 0,
        inFlightRecords: 0,
        closes: true,
      })
    }
  })

  it('report how many aggregates hold an order of another shard', async () => {
    for (const job of [embedded, switched]) {
      const reported = await Promise.all((await job.committedBatches()).map(batchId => job.progress(batchId)))
      expect(reported.reduce((sum, progress) => sum + (progress?.sluice.misplacedRecords ?? 0), 0)).toBe(
        misplacedRecords,
      )
    }
  })

  it('report of each batch what the warehouse has of it, and every batch is committed once', async () => {
    for (const job of [embedded, switched]) {
      const batches = await job.batches()
      expect(await job.committedBatches()).toEqual([...batches.keys()])
      expect([...batches.keys()]).toEqual(Array.from(batches, (_, place) => place))
      const reported = await Promise.all([...batches.keys()].map(batchId => job.progress(batchId)))
      const unreported = [...batches.keys()].filter(batchId => !reported[batchId])
      // The progress comes after the commit: a kill between the two leaves a batch that is done and not reported.
      expect(unreported.length, `batches ${unreported}`).toBeLessThanOrEqual(KILLS)
      const records = await job.records()
      for (const { batchId, sluice } of reported.flatMap(progress => progress ?? [])) {
        expect(sluice.counts).toEqual(batches.get(batchId))
        expect(sluice.sourceRecords, `records of batch ${batchId}`).toBe(records.get(batchId))
      }
      const engines = new Set(reported.flatMap(progress => progress?.sluice.engine ?? []))
      expect([...engines].sort()).toEqual(job === embedded ? ['embedded'] : ['embedded', 'spark'])
    }
  })

  it('do a batch that the other one had open again to the byte', () => {
    expect(handedOver.map(entry => entry.from)).toEqual(['embedded', 'spark'])
    for (const { batchId, before, after } of handedOver) {
      const ofBatch = [...before].filter(([key]) => key.includes(`batch=${String(batchId).padStart(12, '0')}`))
      expect(ofBatch.length).toBeGreaterThan(0)
      for (const [key, text] of ofBatch) if (key.endsWith('.jsonl')) expect(after.get(key), key).toBe(text)
      for (const [key] of before) expect([...after.keys()], key).toContain(key)
    }
  })

  // Of parts in which no job was killed: a kill between commit and progress leaves a batch without times.
  it.each([
    ['embedded', 'after-5', () => embedded],
    ['spark', 'split-5', () => switched],
  ] as const)(
    'on %s the life of an order is traced from its event to its row, in the order of what happened',
    async (engine, key, job) => {
      const { moments, missing, batch, record } = await job().trace(key)
      expect(missing).toEqual([])
      expect(batch?.engine).toBe(engine)
      expect(record?.partitionKey).toBe(key)
      const at = Object.fromEntries(moments.map(moment => [moment.name, Date.parse(moment.at)]))
      const inOrder = (...names: (keyof typeof at)[]) => {
        const times = names.map(name => at[name])
        expect(times, names.join(' < ')).toEqual([...times].sort((a = 0, b = 0) => a - b))
      }
      expect(Object.keys(at).sort()).toEqual(
        ['event time', 'sent', 'arrived', 'read', 'batch began', 'loaded', 'batch committed'].sort(),
      )
      inOrder('sent', 'arrived', 'read', 'loaded', 'batch committed')
      inOrder('batch began', 'loaded')
    },
  )
})
